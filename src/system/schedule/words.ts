/** A schedule in words: 'every day at 02:00'. */

import { readableDuration } from '../duration.ts'
import { parseCronField } from './cron-field.ts'
import { type CronFields, parseCronFields, randomFieldText, randomRangeMs } from './cron-fields.ts'
import { dayWords } from './day-words.ts'
import { timeWords } from './time-words.ts'
import { valueList } from './value-words.ts'

/** Longer texts are harder to read than the fields. */
const MAX_LENGTH = 100

export function scheduleWords(fields: CronFields): string {
  const time = timeWords(fields.minute, fields.hour)
  const days = dayWords(fields)
  const words = time.isTimeOfDay
    ? `${days.startsWith('on') ? days : `every day ${days}`.trim()} ${time.text}`
    : `${time.text} ${days}`.trim()
  const text = words.length > MAX_LENGTH ? fieldList(fields) : words
  const rangeMs = randomRangeMs(fields)
  return rangeMs === 0 ? text : `${text} or up to ${readableDuration(rangeMs / 1000)} later`
}

function fieldList(fields: CronFields): string {
  const { minute, hour, day, month, weekday } = fields
  const named = Object.entries({ minute, hour, day, month, weekday })
  return named.flatMap(([name, { text }]) => (text === '*' ? [] : [`${name} ${text}`])).join(', ')
}

/** Of six fields, seconds first; the fields themselves if croner alone understands them. */
export function wordsWithSeconds(expression: string): string {
  const [seconds = '', ...others] = expression.split(' ')
  const second = parseCronField(seconds, { name: 'second', low: 0, high: 59 })
  const parsed = parseCronFields(others.join(' '))
  if (!second.ok || !parsed.ok || randomFieldText(parsed.fields) !== undefined) return expression
  const { day, weekday } = parsed.fields
  // croner combines two fields for days in another way than cron.
  if (!day.isFull && !weekday.isFull) return expression
  const words = scheduleWords(parsed.fields)
  if (seconds === '0') return words
  return `${words}, at second${second.field.values.length === 1 ? '' : 's'} ${valueList(second.field.values, String)}`
}

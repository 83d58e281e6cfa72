/** The minutes and hours of a schedule in words. */

import type { CronField } from './cron-field.ts'
import { endlessStep, stepOf, valueList, wordList } from './value-words.ts'

export interface TimeWords {
  readonly text: string
  /** True for 'at 02:00': 'every day' or another word for the days stands in front. */
  readonly isTimeOfDay: boolean
}

/** More times than these are not listed. */
const MAX_TIMES = 4

/** Fewer minutes are listed. */
const MIN_STEPPED_MINUTES = 4

export function timeWords(minute: CronField, hour: CronField): TimeWords {
  const times = hour.values.flatMap(each => minute.values.map(other => clockTime(each, other)))
  if (times.length <= MAX_TIMES) return { text: `at ${wordList(times)}`, isTimeOfDay: true }
  const text = hour.isFull ? minutesOfEachHour(minute) : minutesOfHours(minute, hour)
  return { text, isTimeOfDay: false }
}

function clockTime(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

function minutesOfEachHour(minute: CronField): string {
  const [first = 0] = minute.values
  const step = endlessStep(minute.values, 60)
  if (step !== undefined)
    return `${everyMinutes(step)}${first === 0 ? '' : ` from minute ${first} of every hour`}`
  if (minute.values.length === 1 && first === 0) return 'every hour on the hour'
  return `${minuteWords(minute)} of every hour`
}

function everyMinutes(step: number): string {
  return step === 1 ? 'every minute' : `every ${step} minutes`
}

function minuteWords({ values }: CronField): string {
  const step = stepOf(values) ?? 1
  if (step > 1 && values.length >= MIN_STEPPED_MINUTES) {
    return `${everyMinutes(step)} from minute ${values[0]} to ${values.at(-1)}`
  }
  return `at minute${values.length === 1 ? '' : 's'} ${valueList(values, String)}`
}

function minutesOfHours(minute: CronField, hour: CronField): string {
  const [firstHour = 0] = hour.values
  const lastHour = hour.values.at(-1) ?? 0
  const [firstMinute = 0] = minute.values
  const lastMinute = minute.values.at(-1) ?? 0
  const isRun = hour.values.length === 1 || stepOf(hour.values) === 1
  const first = clockTime(firstHour, firstMinute)
  if (isRun) {
    const range = `from ${first} to ${clockTime(lastHour, lastMinute)}`
    const step = endlessStep(minute.values, 60)
    if (step !== undefined) return `${everyMinutes(step)} ${range}`
    if (minute.values.length === 1) return `every hour ${range}`
  }
  const hourStep = endlessStep(hour.values, 24)
  if (hourStep !== undefined && minute.values.length === 1) {
    return `every ${hourStep} hours${first === '00:00' ? '' : ` from ${first}`}`
  }
  return `${minuteWords(minute)} of hour${hour.values.length === 1 ? '' : 's'} ${valueList(hour.values, String)}`
}

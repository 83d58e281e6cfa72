/** What a server can expect of a job that does not start exactly at the times of its schedule. */

import type { ScheduleDialect } from '../schedule.ts'
import { type CronField, FIELD_KINDS } from './cron-field.ts'
import {
  type CronFields,
  hasAnyDay,
  mustMatchBothDays,
  parseCronFields,
  randomFieldText,
  randomRangeMs,
} from './cron-fields.ts'
import { wallTimesOfFields } from './wall-clock.ts'

export type ScheduleExpectation =
  /** It starts at most `graceMs` after each time of the expression. */
  | { readonly kind: 'cron'; readonly expression: string; readonly graceMs: number }
  /** It starts at least this often. */
  | { readonly kind: 'every'; readonly everyMs: number }
  | { readonly kind: 'none'; readonly problem: string }

export interface ExpectationOptions {
  readonly dialect: ScheduleDialect
  /** cronie's RANDOM_DELAY: it starts the job up to so many minutes late. 0 or more. */
  readonly randomDelayMinutes?: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/**
 * cronie chooses a time of a range such as `0~59` when it loads the crontab. The job is then due from the first time of the
 * range on, and the length of the range is its grace. If a choice can mean that a day is left out (the 31st, in April), only
 * the longest distance of two starts is known.
 */
export function expectationOf(
  expression: string,
  { dialect, randomDelayMinutes = 0 }: ExpectationOptions,
): ScheduleExpectation {
  const text = expression.trim()
  if (text === '@reboot') return none('it has no times')
  const parsed = parseCronFields(text)
  if (!parsed.ok) return none(parsed.problem)
  const { fields } = parsed
  if (!hasAnyDay(fields)) return none('there is no such day')
  const delayMs = randomDelayMinutes * MINUTE_MS
  if (randomFieldText(fields) === undefined) return { kind: 'cron', expression: text, graceMs: delayMs }
  if (dialect === 'debian') return none("Debian's cron has no random times")
  const rangeMs = graceOfRanges(fields)
  if (isEachTimeMet(fields)) {
    return { kind: 'cron', expression: earliestTimes(fields), graceMs: rangeMs + delayMs }
  }
  const distanceMs = longestDistance(fields)
  if (distanceMs === undefined) return none('its times can be too far apart')
  // The next choice may be later in the range than the last one.
  return { kind: 'every', everyMs: distanceMs + rangeMs + delayMs }
}

function none(problem: string): ScheduleExpectation {
  return { kind: 'none', problem }
}

/** An hour more than the range if the clock can be changed in between. */
function graceOfRanges(fields: CronFields): number {
  const rangeMs = randomRangeMs(fields)
  return rangeMs < HOUR_MS ? rangeMs : rangeMs + HOUR_MS
}

/** Whether each choice has a start within the range's length after each of the earliest times. */
function isEachTimeMet(fields: CronFields): boolean {
  const { day, month, weekday } = fields
  const isEitherDay = !mustMatchBothDays(fields)
  if (isRandom(day)) {
    if (!weekday.isFull && !isEitherDay) return false
    if (day.randomRanges.some(({ to }) => isMissingInSomeMonth(to))) return false
  }
  // The chosen weekday can lie in the next month.
  if (isRandom(weekday) && !(month.isFull && (day.isFull || isEitherDay))) return false
  return !isRandom(month) || (weekday.isFull && !day.values.some(isMissingInSomeMonth))
}

function isRandom(field: CronField): boolean {
  return field.randomRanges.length > 0
}

function isMissingInSomeMonth(day: number): boolean {
  return day > 28
}

function earliestTimes(fields: CronFields): string {
  return textsOf(fields)
    .map((text, index) =>
      text.replace(/(\w*)~\w*/g, (_, from: string) => from || `${FIELD_KINDS[index]?.low}`),
    )
    .join(' ')
}

function textsOf({ minute, hour, day, month, weekday }: CronFields): string[] {
  return [minute, hour, day, month, weekday].map(({ text }) => text)
}

/** Years with and without a leap day. */
const FROM = Date.UTC(2027, 0, 1)
const UNTIL = Date.UTC(2031, 0, 1)

/** Of two days of the job, whatever cronie chooses; undefined if they can be years apart. */
function longestDistance(fields: CronFields): number | undefined {
  const ranges = [fields.day, fields.month, fields.weekday].flatMap(field => field.randomRanges)
  const [range] = ranges
  // All choices of several ranges would be too many to try.
  if (range === undefined || ranges.length > 1) return undefined
  let longest = 0
  for (let choice = range.from; choice <= range.to; choice++) {
    const [, , ...days] = textsOf(fields)
    const parsed = parseCronFields(`0 0 ${days.join(' ').replace(/\w*~\w*/, String(choice))}`)
    const distance = parsed.ok ? longestDistanceOfDays(parsed.fields) : undefined
    if (distance === undefined) return undefined
    longest = Math.max(longest, distance)
  }
  return longest
}

function longestDistanceOfDays(fields: CronFields): number | undefined {
  if (!hasAnyDay(fields)) return undefined
  const nextDay = wallTimesOfFields(fields)
  let longest: number | undefined
  let last = nextDay(FROM)
  while (last !== undefined && last < UNTIL) {
    const next = nextDay(last)
    if (next !== undefined && next < UNTIL) longest = Math.max(longest ?? 0, next - last)
    last = next
  }
  return longest
}

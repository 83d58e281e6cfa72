/**
 * The times of a schedule on a clock on the wall that is never changed. croner computes them, as if the zone were UTC: what
 * a change of the clock does is added by `nextDueTime`.
 *
 * Wall-clock times are numbers: the milliseconds since 1970 that UTC had if its clocks showed this time.
 */

import { CronDate, CronPattern } from 'croner'
import { type CronFields, mustMatchBothDays } from './cron-fields.ts'

/** The first wall-clock time after `after`; undefined if there is none in the next centuries. */
export type NextWallTime = (after: number) => number | undefined

/** croner makes a list of 10,000 years for each pattern, 80 kB. All patterns share this one. */
const EVERY_YEAR: number[] = Array(10_000).fill(1)

export function wallTimesOfFields(fields: CronFields): NextWallTime {
  const isAnd = mustMatchBothDays(fields)
  const { day, weekday } = fields
  // croner has its own rule for `*` and for lists. A star here tells it to ignore the field.
  const ignoresDays = !isAnd && (day.isFull || weekday.isFull)
  const days = ignoresDays || (isAnd && day.isFull) ? '*' : day.values.join()
  const weekdays = ignoresDays || (isAnd && weekday.isFull) ? '*' : weekday.values.join()
  const { minute, hour, month } = fields
  const expression = [minute.values, hour.values, days, month.values, weekdays].join(' ')
  return wallTimes(new CronPattern(expression, undefined, { mode: '5-part' }), isAnd)
}

/** Six fields, seconds first, as croner reads them. Throws croner's error if it cannot. */
export function wallTimesWithSeconds(expression: string): NextWallTime {
  return wallTimes(new CronPattern(expression, undefined, { mode: '6-part' }), false)
}

function wallTimes(pattern: CronPattern, domAndDow: boolean): NextWallTime {
  pattern.year = EVERY_YEAR
  return after => new CronDate(new Date(after), 0).increment(pattern, { domAndDow }, true)?.getTime()
}

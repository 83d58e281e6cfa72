/** The positions and labels of the ticks on an axis. */

import { clockTime, dayTime } from './format.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const TIME_STEPS = [
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
  364 * DAY,
]

export interface TimeTick {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly label: string
}

/** At most `most` times between `from` and `to` that are round in the server's time zone. */
export function timeTicks(from: number, to: number, most = 6): TimeTick[] {
  const step =
    TIME_STEPS.find(each => (to - from) / each <= most) ?? Math.ceil((to - from) / most / DAY) * DAY
  // The offset of the latest time. If the clocks change in between, earlier ticks are at odd hours, but labelled correctly.
  const offset = new Date(to).getTimezoneOffset() * MINUTE
  const first = Math.ceil((from - offset) / step) * step + offset
  const ticks: TimeTick[] = []
  for (let at = first; at <= to && ticks.length < most; at += step) {
    const isDay = step >= DAY || clockTime(at) === '00:00'
    ticks.push({ at, label: isDay ? dayTime(at) : clockTime(at) })
  }
  return ticks
}

const SECOND_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18_000, 36_000, 86_400]

/** 2 to 5 ticks, from 0 to a round number of seconds that is at least `longest`. */
export function durationTicks(longest: number): number[] {
  if (!(longest > 0)) return [0, 1]
  let step = SECOND_STEPS.find(each => longest / each <= 4)
  if (step === undefined) step = Math.ceil(longest / 4 / 86_400) * 86_400
  if (step === 1) {
    // Below 4 s: 1, 2 or 5 times a power of ten.
    const power = 10 ** Math.floor(Math.log10(longest / 4))
    step = [1, 2, 5, 10].map(factor => factor * power).find(each => longest / each <= 4) ?? step
  }
  const count = Math.max(1, Math.ceil(longest / step - 1e-9))
  return Array.from({ length: count + 1 }, (_, index) => index * (step ?? 1))
}

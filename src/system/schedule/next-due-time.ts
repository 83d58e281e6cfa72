/**
 * When a job is due although the clock is changed, as the main loop of Debian's cron 3.0pl1 (cron.c) has it.
 *
 * A job with a star in minute or hour follows the clock on the wall: in a repeated hour it runs again, in a skipped hour
 * not at all. Any other job runs once: in the first of two equal hours, and directly after a skipped hour.
 */

import type { NextWallTime } from './wall-clock.ts'
import type { ClockChange, ZoneClock } from './zone-clock.ts'

/** A larger change is a new clock for cron: the skipped jobs are lost, and the repeated ones run again. */
const LARGEST_CHANGE_MS = 3 * 3_600_000

export interface DueTimes {
  readonly nextWallTime: NextWallTime
  /** With a star in minute or hour. */
  readonly isWildcardJob: boolean
  readonly clock: ZoneClock
}

/** The first moment after `after`, in milliseconds since 1970; undefined if there is none. */
export function nextDueTime(
  after: number,
  { nextWallTime, isWildcardJob, clock }: DueTimes,
): number | undefined {
  let moment = after
  let offset = clock.offsetAt(after)
  let wall = after + offset
  if (!isWildcardJob) {
    const last = clock.firstChange(after - LARGEST_CHANGE_MS, after)
    if (last !== undefined && isRepeatIgnored(last)) wall = Math.max(wall, last.at + last.offsetBefore - 1)
  }
  let next = nextWallTime(wall)
  while (next !== undefined) {
    const change = clock.firstChange(moment, next - offset)
    if (change === undefined) return next - offset
    moment = change.at
    offset = change.offsetAfter
    wall = moment + offset
    const isSkipped = next < wall
    if (isSkipped && !isWildcardJob && isMadeUpFor(change)) return moment
    const isRepeated = offset < change.offsetBefore && (isWildcardJob || !isRepeatIgnored(change))
    if (isSkipped || isRepeated) next = nextWallTime(wall - 1)
  }
  return undefined
}

/** cron compares the minutes of two wake-ups: with a jump of three hours, these are three hours and a minute apart. */
function isMadeUpFor({ offsetBefore, offsetAfter }: ClockChange): boolean {
  return offsetAfter - offsetBefore < LARGEST_CHANGE_MS
}

function isRepeatIgnored({ offsetBefore, offsetAfter }: ClockChange): boolean {
  return offsetBefore - offsetAfter <= LARGEST_CHANGE_MS
}

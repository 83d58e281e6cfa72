/** When the bad health of a monitor is repeated (`--notify-again`). */

import type { MonitorRow } from './monitor-row.ts'

export interface NextRepetition {
  /** True if it must be repeated now. */
  readonly isDue: boolean
  /** Since when the health is bad. */
  readonly since: number
  /** The time of the latest repetition, this one included, or else of the beginning. */
  readonly toldAt: number
}

/** All times are in milliseconds, since 1970. `toldAt`: of the last repetition; null if there was none. */
export function nextRepetition(
  monitor: MonitorRow,
  toldAt: number | null,
  now: number,
  everyMs: number,
): NextRepetition {
  const since = Math.min(monitor.since ?? now, now)
  // A time in the future comes from a clock that has since been set back.
  const last = toldAt !== null && toldAt <= now ? Math.max(toldAt, since) : since
  const periods = Math.floor((now - last) / everyMs)
  // A multiple of the time, so that delays do not add up, and a server that was away repeats once.
  return { isDue: periods > 0, since, toldAt: last + periods * everyMs }
}

/** Says on stderr when lateness is paused, and when it is judged again. */

import { readableDuration } from '../../system/duration.ts'
import type { ClockGap } from './clock-watch.ts'

export type PauseReason =
  | ClockGap
  /** Events could not be stored, because of a full disk for example. */
  | { readonly kind: 'refusing'; readonly ms: number }
  /** Of several servers with one database, none could judge lateness. */
  | { readonly kind: 'no server'; readonly ms: number }
  /** Negative if the last server ran in the future, by the wall clock. */
  | { readonly kind: 'not running'; readonly ms: number }

export interface PauseNotices {
  readonly begin: (reason: PauseReason) => void
  /** Does nothing without a pause. */
  readonly end: () => void
  readonly isPaused: () => boolean
}

/** `clock` is the monotonic clock, in milliseconds. */
export function pauseNotices(warn: (text: string) => void, clock: () => number): PauseNotices {
  let pausedAt: number | undefined
  return {
    begin: reason => {
      pausedAt ??= clock()
      warn(
        `${describe(reason)}; no monitor becomes late or overrunning until delayed events have arrived, in 2 to 20 minutes`,
      )
    },
    end: () => {
      if (pausedAt === undefined) return
      const seconds = Math.round((clock() - pausedAt) / 1000)
      pausedAt = undefined
      warn(`monitors can become late or overrunning again, after ${readableDuration(seconds)}`)
    },
    isPaused: () => pausedAt !== undefined,
  }
}

function describe({ kind, ms }: PauseReason): string {
  const duration = readableDuration(Math.round(Math.abs(ms) / 1000))
  switch (kind) {
    case 'not running':
      return ms > 0 ? `was not running for ${duration}` : `the clock was set back by ${duration} or more`
    case 'no server':
      return ms > 0
        ? `no server was running, or the database was away, for ${duration}`
        : `the clock of the database was set back by ${duration} or more`
    case 'set back':
      return `the clock was set back by ${duration}`
    case 'stopped':
      // The time since the last check.
      return `was stopped for up to ${duration}`
    case 'refusing':
      return `could not store events for ${duration}`
    case 'skipped':
      return `was suspended for ${duration}, or the clock was set forward`
  }
}

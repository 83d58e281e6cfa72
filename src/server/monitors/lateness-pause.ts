/**
 * The pause in which no monitor becomes late, after a time without a running server. Events of that time arrive late,
 * from the spools of their senders. Without the pause, monitors would be reported late although their jobs have run.
 * There is also a pause after the clock was set, since the times of the last events are then too old or too new.
 */

/** No monitor becomes late in this time. Couriers retry at least every 10 seconds (client/backoff.ts). */
export const MIN_PAUSE_MS = 2 * 60_000

/** The pause ends when no delayed event has arrived for this long. */
export const QUIET_MS = 60_000

/** Neither delayed events nor a change of the clock extends the pause beyond this: a wrong clock may do so for ever. */
export const MAX_PAUSE_MS = 20 * 60_000

export interface ArrivedEvent {
  /** When a delayed event happened, in seconds since 1970, by the sender's clock. */
  readonly stamp?: number
}

/** `now` is the monotonic clock, in milliseconds. */
export interface LatenessPause {
  /**
   * Begins a pause, and ends the current one. Events that happened before `resumedAt`, in milliseconds since 1970, count
   * as delayed.
   */
  readonly begin: (now: number, resumedAt: number) => void
  /** Begins a pause as well, but one that ends with the limit of the current one. */
  readonly extend: (now: number, resumedAt: number) => void
  readonly receive: (now: number, events: readonly ArrivedEvent[]) => void
  /** How long the pause lasts at least, in milliseconds; undefined without a pause. */
  readonly remainingMs: (now: number) => number | undefined
}

interface Pause {
  readonly maxEnd: number
  readonly resumedAt: number
  readonly minEnd: number
  quietEnd: number
}

export function createLatenessPause(): LatenessPause {
  let pause: Pause | undefined
  const begin = (now: number, resumedAt: number, maxEnd = now + MAX_PAUSE_MS) => {
    pause = { maxEnd, resumedAt, minEnd: now + MIN_PAUSE_MS, quietEnd: now }
  }
  return {
    begin: (now, resumedAt) => begin(now, resumedAt),
    extend: (now, resumedAt) => begin(now, resumedAt, pause?.maxEnd),
    receive: (now, events) => {
      if (pause === undefined) return
      const { resumedAt } = pause
      if (events.some(({ stamp }) => stamp !== undefined && stamp * 1000 < resumedAt)) {
        pause.quietEnd = now + QUIET_MS
      }
    },
    remainingMs: now => {
      if (pause === undefined) return undefined
      const { maxEnd, minEnd, quietEnd } = pause
      const end = Math.min(maxEnd, Math.max(minEnd, quietEnd))
      if (now < end) return end - now
      pause = undefined
      return undefined
    },
  }
}

/**
 * The pause in which no monitor becomes late, after a time without a running server. Events of that time arrive late,
 * from the spools of their senders. Without the pause, monitors would be reported late although their jobs have run.
 * There is also a pause after the clock was set, since the times of the last events are then too old or too new.
 */

/** No monitor becomes late in this time. Couriers retry at least every 10 seconds (client/backoff.ts). */
export const MIN_PAUSE_MS = 2 * 60_000

/** The pause ends when no delayed event has arrived for this long. */
export const QUIET_MS = 60_000

/** Delayed events do not extend the pause beyond this, because a wrong clock may mark events as delayed for ever. */
export const MAX_PAUSE_MS = 20 * 60_000

export interface ArrivedEvent {
  /** When a delayed event happened, in seconds since 1970, by the sender's clock. */
  readonly stamp?: number
}

/** `now` is the monotonic clock, in milliseconds. */
export interface LatenessPause {
  /**
   * Begins a pause, or extends the current one. Events that happened before `resumedAt`, in milliseconds since 1970,
   * count as delayed.
   */
  readonly begin: (now: number, resumedAt: number) => void
  readonly receive: (now: number, events: readonly ArrivedEvent[]) => void
  /** How long the pause lasts at least, in milliseconds; undefined without a pause. */
  readonly remainingMs: (now: number) => number | undefined
}

interface Pause {
  readonly startedAt: number
  readonly resumedAt: number
  readonly minEnd: number
  quietEnd: number
}

export function createLatenessPause(): LatenessPause {
  let pause: Pause | undefined
  return {
    begin: (now, resumedAt) => {
      pause = {
        // An extended pause has the same limit, since a clock that is set again and again must not silence lateness.
        startedAt: pause?.startedAt ?? now,
        resumedAt,
        minEnd: now + MIN_PAUSE_MS,
        quietEnd: now,
      }
    },
    receive: (now, events) => {
      if (pause === undefined) return
      const { resumedAt } = pause
      if (events.some(({ stamp }) => stamp !== undefined && stamp * 1000 < resumedAt)) {
        pause.quietEnd = now + QUIET_MS
      }
    },
    remainingMs: now => {
      if (pause === undefined) return undefined
      const { startedAt, minEnd, quietEnd } = pause
      const end = Math.min(startedAt + MAX_PAUSE_MS, Math.max(minEnd, quietEnd))
      if (now < end) return end - now
      pause = undefined
      return undefined
    },
  }
}

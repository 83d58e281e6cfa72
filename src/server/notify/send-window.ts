/**
 * Limits the messages of a channel: of the changes within ten seconds the first four are sent singly, and the others as
 * one message at the end of the ten seconds. So a bad night does not page anyone hundreds of times, and a single failure
 * is reported at once.
 */

export const WINDOW_MS = 10_000

export const SINGLES_PER_WINDOW = 4

export type SendStep =
  /** Send the next change alone. */
  | { readonly kind: 'single' }
  /** Send all changes that wait as one message. */
  | { readonly kind: 'bundle' }
  /** Ask again after so many milliseconds. */
  | { readonly kind: 'wait'; readonly ms: number }

export interface SendWindow {
  /** Call it while changes wait. Opens a window if none is open. */
  readonly next: (now: number) => SendStep
  readonly sentSingle: () => void
  readonly sentBundle: () => void
  /** Call it when no change waits. */
  readonly idle: () => void
}

interface OpenWindow {
  readonly endsAt: number
  singles: number
  /** True if no change has waited since the last message. */
  isIdle: boolean
}

/** All times are of the monotonic clock, in milliseconds. */
export function createSendWindow(): SendWindow {
  let window: OpenWindow | undefined
  return {
    next: now => {
      // While changes wait without a break, for a receiver that is slow or was down, the window stays open beyond its
      // end. Otherwise each of them would count as the first one of a new window.
      if (window === undefined || (window.isIdle && now >= window.endsAt)) {
        window = { endsAt: now + WINDOW_MS, singles: 0, isIdle: false }
      }
      window.isIdle = false
      if (window.singles < SINGLES_PER_WINDOW) return { kind: 'single' }
      return now >= window.endsAt ? { kind: 'bundle' } : { kind: 'wait', ms: window.endsAt - now }
    },
    sentSingle: () => {
      if (window !== undefined) window.singles += 1
    },
    sentBundle: () => {
      window = undefined
    },
    idle: () => {
      if (window !== undefined) window.isIdle = true
    },
  }
}

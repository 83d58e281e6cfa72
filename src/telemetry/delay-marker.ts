/** What is said of an event that is sent late: when it happened, as a parameter and in front of its message. */

import { roughDuration } from '../system/duration.ts'

export interface Late {
  /** When it happened, in milliseconds since 1970. */
  readonly occurredAt: number
  /** The time now, in milliseconds since 1970. */
  readonly now: number
  /** Is the time to be sent as `stamp`, in Unix seconds? The vendor's own clients send it under this name. */
  readonly stamp: boolean
}

/** `[delayed 3h12m] `: two units at the most, rounded down. Of less than a second, or of a clock that was set back, nothing is said. */
export function delayMarker({ occurredAt, now }: Late): string {
  if (now - occurredAt < 1000) return ''
  return `[delayed ${roughDuration(now - occurredAt)}] `
}

/** Unix seconds, whole ones. */
export function stampOf({ occurredAt }: Late): string {
  return String(Math.max(0, Math.floor(occurredAt / 1000)))
}

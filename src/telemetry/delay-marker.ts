/** Marks an event that is sent late: the time at which it happened as a parameter, and the delay in front of its message. */

import { roughDuration } from '../system/duration.ts'

export interface Late {
  /** When the event happened, in milliseconds since 1970. */
  readonly occurredAt: number
  /** The time now, in milliseconds since 1970. */
  readonly now: number
  /** True to send the time as the parameter `stamp`, in Unix seconds. The vendor's clients use this name. */
  readonly stamp: boolean
}

/** `[delayed 3h12m] `; empty for a delay under a second, and if the clock was set back. */
export function delayMarker({ occurredAt, now }: Late): string {
  if (now - occurredAt < 1000) return ''
  return `[delayed ${roughDuration(now - occurredAt)}] `
}

/** Whole Unix seconds. */
export function stampOf({ occurredAt }: Late): string {
  return String(Math.max(0, Math.floor(occurredAt / 1000)))
}

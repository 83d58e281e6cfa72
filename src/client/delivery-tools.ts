/** What a delivery uses: the sender, the clocks, and a rate limit that commands share. */

import type { Sleep } from '../system/sleep.ts'
import type { DeliveryReport } from './event-result.ts'
import type { Send } from './sender.ts'

/** The API's rate limit as the commands of a host share it: a 429 for one slows down the others. */
export interface SharedRateLimit {
  /** How long to wait before the next request, in milliseconds; 0 if no limit is known. Resolves soon, never rejects. */
  readonly waitMs: () => Promise<number>
  /** Records a 429 for the other commands, with its `Retry-After` in milliseconds if it has one. Never rejects. */
  readonly noteLimit: (retryAfterMs: number | undefined) => Promise<void>
}

export interface DeliveryTools {
  readonly send: Send
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  readonly sleep: Sleep
  /** As Math.random. */
  readonly random: () => number
  readonly report: (what: DeliveryReport) => void
  /** Milliseconds since 1970, for a `Retry-After` that is a date. Default: Date.now. */
  readonly wallClock?: () => number
  readonly sharedLimit?: SharedRateLimit
}

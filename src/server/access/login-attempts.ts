/** How often a wrong key may be tried at the login form: 5 at once, then one every 10 seconds, for an address. */

import { type Bucket, type Rate, refillMs, takeToken, waitForToken } from '../../telemetry/token-bucket.ts'

export interface Attempts {
  /** Milliseconds until another attempt is let in; 0 where one is now. */
  readonly wait: (address: string, now: number) => number
  readonly failed: (address: string, now: number) => void
}

const RATE: Rate = { perSecond: 0.1, burst: 5 }

/** Addresses beyond these are forgotten, the longest unused first. */
const MAX_ADDRESSES = 10_000

/** `now` is in milliseconds and only ever compared with itself. */
export function createAttempts(): Attempts {
  const buckets = new Map<string, Bucket>()
  return {
    wait: (address, now) => waitForToken(buckets.get(address), RATE, now),
    failed: (address, now) => {
      const bucket = takeToken(buckets.get(address), RATE, now)
      buckets.delete(address)
      buckets.set(address, bucket)
      for (const [other, { at }] of buckets) {
        if (buckets.size <= MAX_ADDRESSES && now - at < refillMs(RATE)) break
        buckets.delete(other)
      }
    },
  }
}

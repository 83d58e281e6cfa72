/** Limits wrong keys at the login form: 5 at once for an address, then one every 10 seconds. */

import { type Bucket, type Rate, refillMs, takeToken, waitForToken } from '../../telemetry/token-bucket.ts'

export interface Attempts {
  /** Milliseconds until the next attempt is allowed; 0 if it is allowed now. */
  readonly wait: (address: string, now: number) => number
  readonly failed: (address: string, now: number) => void
}

const RATE: Rate = { perSecond: 0.1, burst: 5 }

/** Above this number of addresses, the least recently used are forgotten. */
const MAX_ADDRESSES = 10_000

/** `now` is the monotonic clock in milliseconds, and `address` an address as the limits count it. */
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

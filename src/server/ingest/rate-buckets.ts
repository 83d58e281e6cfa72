/** Token buckets by name, as many as were used lately. */

import { type Bucket, type Rate, refillMs, takeToken, waitForToken } from '../../telemetry/token-bucket.ts'

/** `now` is the monotonic clock in milliseconds. */
export interface RateBuckets {
  /** Milliseconds until the bucket has a token; 0 if it has one. */
  readonly wait: (name: string, now: number) => number
  /** Takes a token. Requires that `wait` returns 0. */
  readonly take: (name: string, now: number) => void
  /** Replaces the bucket. It may have less than no tokens: they are a debt, for which requests wait. */
  readonly set: (name: string, bucket: Bucket) => void
  readonly get: (name: string) => Bucket | undefined
  readonly size: () => number
}

/** Idle buckets are looked for this often. */
const SWEEP_MS = 1000

/** At most `maxBuckets`; above that, the least recently used ones are dropped. */
export function createBuckets(rate: Rate, maxBuckets: number): RateBuckets {
  // A Map iterates in the order of insertion. A bucket is inserted again at each use, so that idle ones come first.
  const buckets = new Map<string, Bucket>()
  let sweptAt = Number.NEGATIVE_INFINITY
  const dropIdle = (now: number) => {
    // The first entries of a Map are found slowly after many deletions.
    if (buckets.size <= maxBuckets && now - sweptAt < SWEEP_MS) return
    sweptAt = now
    for (const [name, { at, tokens }] of buckets) {
      const debtMs = (Math.max(0, -tokens) / rate.perSecond) * 1000
      if (buckets.size <= maxBuckets && now - at < refillMs(rate) + debtMs) return
      buckets.delete(name)
    }
  }
  const set = (name: string, bucket: Bucket) => {
    buckets.delete(name)
    buckets.set(name, bucket)
    dropIdle(bucket.at)
  }
  return {
    wait: (name, now) => waitForToken(buckets.get(name), rate, now),
    take: (name, now) => set(name, takeToken(buckets.get(name), rate, now)),
    set,
    get: name => buckets.get(name),
    size: () => buckets.size,
  }
}

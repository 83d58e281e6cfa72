/** A token bucket as pure functions of time: it holds at most `burst` tokens and gains `perSecond` tokens a second. */

export interface Rate {
  /** More than 0. */
  readonly perSecond: number
  /** 1 or more. */
  readonly burst: number
}

/** The number of tokens at a time of the monotonic clock, in milliseconds. */
export interface Bucket {
  readonly tokens: number
  readonly at: number
}

/** Tolerance for rounding errors in the number of tokens. */
const TOLERANCE = 1e-6

/** The number of tokens now. Undefined is a full bucket. A clock that steps back adds no tokens. */
export function tokensAt(bucket: Bucket | undefined, rate: Rate, now: number): number {
  if (bucket === undefined) return rate.burst
  const regained = (Math.max(0, now - bucket.at) / 1000) * rate.perSecond
  return Math.min(rate.burst, bucket.tokens + regained)
}

/** Milliseconds until there is a token; 0 if there is one. */
export function waitForToken(bucket: Bucket | undefined, rate: Rate, now: number): number {
  const missing = 1 - tokensAt(bucket, rate, now)
  return missing <= TOLERANCE ? 0 : (missing / rate.perSecond) * 1000
}

/** The bucket with one token less. Requires that `waitForToken` returns 0. */
export function takeToken(bucket: Bucket | undefined, rate: Rate, now: number): Bucket {
  return { tokens: Math.max(0, tokensAt(bucket, rate, now) - 1), at: Math.max(now, bucket?.at ?? now) }
}

/** Milliseconds until an empty bucket is full, so that it can be forgotten. */
export function refillMs(rate: Rate): number {
  return (rate.burst / rate.perSecond) * 1000
}

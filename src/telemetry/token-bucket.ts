/** One token bucket as a pure function of time: it holds `burst` tokens at most and regains `perSecond` of them. */

export interface Rate {
  /** More than 0. */
  readonly perSecond: number
  /** 1 or more. */
  readonly burst: number
}

/** What a bucket held at a time of the monotonic clock, in milliseconds. */
export interface Bucket {
  readonly tokens: number
  readonly at: number
}

/** A sum of fractions may miss the whole token by a hair; nobody is to wait for that. */
const HAIR = 1e-6

/** How many tokens there are now; without a bucket it is full. A clock that steps back adds none. */
export function tokensAt(bucket: Bucket | undefined, rate: Rate, now: number): number {
  if (bucket === undefined) return rate.burst
  const regained = (Math.max(0, now - bucket.at) / 1000) * rate.perSecond
  return Math.min(rate.burst, bucket.tokens + regained)
}

/** In how many milliseconds there is a whole token; 0 where there is one. */
export function waitForToken(bucket: Bucket | undefined, rate: Rate, now: number): number {
  const missing = 1 - tokensAt(bucket, rate, now)
  return missing <= HAIR ? 0 : (missing / rate.perSecond) * 1000
}

/** The bucket with one token less. Only to be called where `waitForToken` says 0. */
export function takeToken(bucket: Bucket | undefined, rate: Rate, now: number): Bucket {
  return { tokens: Math.max(0, tokensAt(bucket, rate, now) - 1), at: Math.max(now, bucket?.at ?? now) }
}

/** After this many milliseconds without a request any bucket is full, and so as good as none. */
export function refillMs(rate: Rate): number {
  return (rate.burst / rate.perSecond) * 1000
}

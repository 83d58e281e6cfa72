/**
 * The API's rate limits, as token buckets in this process. After the first 429, requests wait until the API would
 * accept them. Before that nothing waits, because a private server may have no limits.
 */

import { backoffMs } from '../../client/backoff.ts'
import { API_RATES, type Rates } from '../../telemetry/api-limits.ts'
import { type Bucket, type Rate, takeToken, tokensAt, waitForToken } from '../../telemetry/token-bucket.ts'

/** A 429: when its request was sent, when the answer came, and its `Retry-After`. */
export interface LimitAnswer {
  readonly sentAt: number
  readonly now: number
  readonly retryAfterMs: number | undefined
}

export interface RateLimiter {
  /** Milliseconds until the next request may be sent, by the limit of this host's address; 0: at once. */
  addressWaitMs(now: number): number
  /** The same by the monitor's own limit. */
  monitorWaitMs(monitor: string, now: number): number
  noteSent(monitor: string, now: number): void
  /** Returns whose limit was reached, as far as this process can know. */
  noteLimit(monitor: string, answer: LimitAnswer): 'monitor' | 'address'
  /** The API has answered a request, and not with 429. */
  noteAccepted(monitor: string): void
}

/** The wait after a 429 without `Retry-After`, in milliseconds. */
const DEFAULT_RETRY_AFTER_MS = 1000

/** The limit of the address or of a monitor. */
interface Limit {
  readonly rate: Rate
  bucket: Bucket | undefined
  /** The end of the wait after a 429. */
  notBefore: number
  limitedAt: number
  /** 429s in a row: the wait after each was not enough. */
  limitedInARow: number
}

/**
 * Times are of a monotonic clock, in milliseconds.
 *
 * @param random as Math.random
 * @param isActive true if the limits apply from the first request on, not only after a 429
 */
export function createRateLimiter(
  random: () => number,
  rates: Rates = API_RATES,
  isActive = false,
): RateLimiter {
  const address = freshLimit(rates.address)
  const monitors = new Map<string, Limit>()

  function limitOf(monitor: string): Limit {
    let limit = monitors.get(monitor)
    if (limit === undefined) {
      limit = freshLimit(rates.endpoint)
      monitors.set(monitor, limit)
    }
    return limit
  }

  function waitMs(limit: Limit | undefined, now: number): number {
    if (!isActive || limit === undefined) return 0
    return Math.max(0, limit.notBefore - now, waitForToken(limit.bucket, limit.rate, now))
  }

  function startWait(
    limit: Limit,
    { sentAt, now, retryAfterMs = DEFAULT_RETRY_AFTER_MS }: LimitAnswer,
  ): void {
    // If several requests were under way together, only the first 429 counts.
    const isNew = sentAt >= limit.limitedAt
    if (isNew) limit.limitedInARow += 1
    const wait = isNew ? backoffMs(limit.limitedInARow, random, retryAfterMs) : retryAfterMs
    limit.notBefore = Math.max(limit.notBefore, now + wait)
    limit.limitedAt = now
  }

  return {
    addressWaitMs: now => waitMs(address, now),
    monitorWaitMs: (monitor, now) => waitMs(monitors.get(monitor), now),
    noteSent(monitor, now) {
      for (const limit of [address, limitOf(monitor)]) limit.bucket = takeToken(limit.bucket, limit.rate, now)
    },
    noteLimit(monitor, answer) {
      isActive = true
      const { now } = answer
      const own = limitOf(monitor)
      // The API's bucket has at most as many tokens as this one, which counts this process's requests only. If the
      // monitor has no token, its limit was reached; otherwise it was probably the limit of the address, which other
      // processes use too.
      const isMonitors = tokensAt(own.bucket, own.rate, now) < 1
      own.bucket = { tokens: 0, at: now }
      if (!isMonitors) address.bucket = { tokens: 0, at: now }
      startWait(isMonitors ? own : address, answer)
      return isMonitors ? 'monitor' : 'address'
    },
    noteAccepted(monitor) {
      address.limitedInARow = 0
      limitOf(monitor).limitedInARow = 0
    },
  }
}

function freshLimit(rate: Rate): Limit {
  return { rate, bucket: undefined, notBefore: 0, limitedAt: Number.NEGATIVE_INFINITY, limitedInARow: 0 }
}

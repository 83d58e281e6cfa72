/**
 * How fast a spool is sent. Until the API first says 429 nothing is held back unless that is asked for, since a server of
 * one's own may have no limits. From then on its token buckets are kept here as well, so that few requests are sent in vain.
 */

import { backoffMs } from '../../client/backoff.ts'
import { API_RATES, type Rates } from '../../telemetry/api-limits.ts'
import { type Bucket, type Rate, takeToken, tokensAt, waitForToken } from '../../telemetry/token-bucket.ts'

/** A 429: when its request was sent, when it came, and for how long it asks, if it says so. */
export interface LimitAnswer {
  readonly sentAt: number
  readonly now: number
  readonly retryAfterMs: number | undefined
}

export interface RateLimiter {
  /** Milliseconds until the next request of all may be sent, or the next of a monitor: 0 where it may be at once. */
  addressWaitMs(now: number): number
  monitorWaitMs(monitor: string, now: number): number
  noteSent(monitor: string, now: number): void
  /** Says whose limit is meant, as far as can be told. */
  noteLimit(monitor: string, answer: LimitAnswer): 'monitor' | 'address'
  /** A request was let in. */
  noteAccepted(monitor: string): void
}

/** How long a 429 that does not say is waited for, in milliseconds. */
const DEFAULT_MS = 1000

/** One of the API's limits, as far as it is known from here. */
interface Limit {
  readonly rate: Rate
  bucket: Bucket | undefined
  /** Nothing is sent before, because a 429 has said so. */
  notBefore: number
  limitedAt: number
  /** How often in a row the wait was not enough. */
  rounds: number
}

/**
 * `now` and `sentAt` are of a monotonic clock in milliseconds; `random` is as Math.random. `isLimited`: the limits are kept
 * from the first request on.
 */
export function createRateLimiter(
  random: () => number,
  rates: Rates = API_RATES,
  isLimited = false,
): RateLimiter {
  const all = freshLimit(rates.address)
  const monitors = new Map<string, Limit>()
  let keepsLimits = isLimited

  function limitOf(monitor: string): Limit {
    let limit = monitors.get(monitor)
    if (limit === undefined) {
      limit = freshLimit(rates.endpoint)
      monitors.set(monitor, limit)
    }
    return limit
  }

  function waitMs(limit: Limit | undefined, now: number): number {
    if (!keepsLimits || limit === undefined) return 0
    return Math.max(0, limit.notBefore - now, waitForToken(limit.bucket, limit.rate, now))
  }

  function hold(limit: Limit, { sentAt, now, retryAfterMs = DEFAULT_MS }: LimitAnswer): void {
    // Of several that were under way together, only the first tells something new.
    const isNew = sentAt >= limit.limitedAt
    if (isNew) limit.rounds += 1
    const wait = isNew ? backoffMs(limit.rounds, random, retryAfterMs) : retryAfterMs
    limit.notBefore = Math.max(limit.notBefore, now + wait)
    limit.limitedAt = now
  }

  return {
    addressWaitMs: now => waitMs(all, now),
    monitorWaitMs: (monitor, now) => waitMs(monitors.get(monitor), now),
    noteSent(monitor, now) {
      for (const limit of [all, limitOf(monitor)]) limit.bucket = takeToken(limit.bucket, limit.rate, now)
    },
    noteLimit(monitor, answer) {
      keepsLimits = true
      const { now } = answer
      const own = limitOf(monitor)
      // Each bucket is at most as full as it would be by our own requests alone. Where that is not even one token for
      // the monitor, it is the monitor's; else likely the address's, which more others use.
      const isMonitors = tokensAt(own.bucket, own.rate, now) < 1
      own.bucket = { tokens: 0, at: now }
      if (!isMonitors) all.bucket = { tokens: 0, at: now }
      hold(isMonitors ? own : all, answer)
      return isMonitors ? 'monitor' : 'address'
    },
    noteAccepted(monitor) {
      all.rounds = 0
      limitOf(monitor).rounds = 0
    },
  }
}

function freshLimit(rate: Rate): Limit {
  return { rate, bucket: undefined, notBefore: 0, limitedAt: Number.NEGATIVE_INFINITY, rounds: 0 }
}

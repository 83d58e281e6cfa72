/**
 * How fast a drain sends: the number of requests at a time, and the time of the next one. It slows down after failed
 * attempts (back-off), and by the API's limits: those that this process knows (rate limiter), and those that other
 * processes of the host have noted (shared limit).
 */

import { backoffMs } from '../../client/backoff.ts'
import type { DrainTools } from './drain-tools.ts'
import { createRateLimiter } from './rate-limiter.ts'

/** Requests at a time, at most: enough for 50 a second over a connection with a round-trip time of 300 ms. */
export const MAX_CONCURRENT = 16

/** The shared limit is read this often at most, in milliseconds: many events may be sent in between. */
const SHARED_LIMIT_INTERVAL_MS = 20

/** After this many failures in a row, of any series, the API itself counts as failing. */
const FAILURES_OF_API = 3

export interface RateLimitAnswer {
  readonly sentAt: number
  readonly retryAfterMs: number | undefined
}

export interface Failure {
  /** True if no answer came. */
  readonly isUnanswered: boolean
  readonly retryAfterMs: number | undefined
}

/** Times are of the monotonic clock, in milliseconds. */
export interface Pace {
  readonly maxConcurrent: () => number
  /** Milliseconds until the API may be sent any event; 0 or less: at once. Never rejects. */
  readonly addressWaitMs: () => Promise<number>
  /** Milliseconds until the API may be sent an event of the monitor, by the monitor's own limit only. */
  readonly monitorWaitMs: (monitorId: string) => number
  /** A request is sent; returns the time. */
  readonly noteSent: (monitorId: string) => number
  /** The API has accepted or refused an event, and so works. */
  readonly noteAnswered: (monitorId: string) => void
  /** The API has answered 429. That is no failure: the wait is what it asks for, without further back-off. */
  readonly noteRateLimit: (monitorId: string, answer: RateLimitAnswer) => void
  readonly noteFailure: (failure: Failure) => void
}

export function createPace(tools: Pick<DrainTools, 'now' | 'random' | 'sharedLimit' | 'rateLimiter'>): Pace {
  const { now, random, sharedLimit } = tools
  const rateLimiter = tools.rateLimiter ?? createRateLimiter(random)
  // Starts with one request at a time, in case the API is down.
  let maxConcurrent = 1
  /** Failures in a row, of any series. */
  let failures = 0
  let notBefore = 0
  let sharedNotBefore = 0
  let sharedReadAt = Number.NEGATIVE_INFINITY

  async function readSharedLimit(): Promise<void> {
    if (sharedLimit === undefined || now() - sharedReadAt < SHARED_LIMIT_INTERVAL_MS) return
    sharedNotBefore = now() + (await sharedLimit.waitMs())
    sharedReadAt = now()
  }

  return {
    maxConcurrent: () => maxConcurrent,
    async addressWaitMs() {
      await readSharedLimit()
      const time = now()
      return Math.max(notBefore - time, sharedNotBefore - time, rateLimiter.addressWaitMs(time))
    },
    monitorWaitMs: monitorId => rateLimiter.monitorWaitMs(monitorId, now()),
    noteSent(monitorId) {
      const time = now()
      rateLimiter.noteSent(monitorId, time)
      return time
    },
    noteAnswered(monitorId) {
      failures = 0
      maxConcurrent = Math.min(maxConcurrent + 1, MAX_CONCURRENT)
      rateLimiter.noteAccepted(monitorId)
    },
    noteRateLimit(monitorId, { sentAt, retryAfterMs }) {
      const whose = rateLimiter.noteLimit(monitorId, { sentAt, now: now(), retryAfterMs })
      if (whose === 'address') void sharedLimit?.noteLimit(retryAfterMs)
    },
    noteFailure({ isUnanswered, retryAfterMs }) {
      failures += 1
      maxConcurrent = Math.max(1, Math.floor(maxConcurrent / 2))
      if (isUnanswered || failures >= FAILURES_OF_API)
        notBefore = now() + backoffMs(failures, random, retryAfterMs)
    },
  }
}

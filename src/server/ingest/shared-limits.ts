/**
 * `--shared-limits`: rate limits that count the requests of all servers with one database.
 *
 * No request waits for it. Each server limits by its own buckets, and tells the others once a second what was used; they take
 * that from their buckets, which may then have a debt. So with n servers a client may at once use up to n bursts, in the second
 * before they know of each other; the debt is paid back before anything more is admitted. Over a longer time it gets what one
 * server would give, and less than MIN_TOLD requests more for each further server and refill of a bucket, which are not told.
 */

import { createHash } from 'node:crypto'
import type { Sleep } from '../../system/sleep.ts'
import { API_RATES, type Rates } from '../../telemetry/api-limits.ts'
import { type Rate, tokensAt } from '../../telemetry/token-bucket.ts'
import type { UseTable } from '../store/peers.ts'
import { createBuckets, type RateBuckets } from './rate-buckets.ts'
import { type RateLimits, rateLimitsOf } from './rate-limits.ts'

export const EXCHANGE_MS = 1000

/** Most monitors send two events and then nothing for long: that is not worth telling. */
const MIN_TOLD = 3

/** A bucket is at most this many bursts in debt. */
const MAX_DEBT = 4

export interface SharedLimitOptions {
  readonly table: UseTable
  /** The monotonic clock, in milliseconds: the one that the limits are asked with. */
  readonly clock: () => number
  readonly sleep: Sleep
  readonly rates?: Rates
  readonly maxBuckets?: number
}

export interface SharedLimits extends RateLimits {
  readonly close: () => Promise<void>
}

export function createSharedLimits(options: SharedLimitOptions): SharedLimits {
  const { table, clock, sleep, rates = API_RATES, maxBuckets = 10_000 } = options
  const hashed = createKeyHashes()
  const kinds = {
    e: toldBuckets(rates.endpoint, maxBuckets, hashed),
    a: toldBuckets(rates.address, maxBuckets),
    u: toldBuckets(rates.address, maxBuckets),
  }
  const closing = new AbortController()
  const exchange = async () => {
    const uses: Record<string, number> = {}
    for (const [kind, { takeUses }] of Object.entries(kinds)) {
      for (const [name, count] of takeUses()) uses[`${kind}:${name}`] = count
    }
    const now = clock()
    for (const told of await table.exchange(uses)) {
      for (const [text, count] of Object.entries(told)) {
        const kind = text.slice(0, 1)
        if (kind === 'e' || kind === 'a' || kind === 'u') kinds[kind].charge(text.slice(2), count, now)
      }
    }
  }
  const exchangeAgainAndAgain = async () => {
    while (!closing.signal.aborted) {
      // While the database is away, each server has limits of its own.
      await exchange().catch(() => {})
      await sleep(EXCHANGE_MS, closing.signal)
    }
  }
  void exchangeAgainAndAgain()
  return {
    ...rateLimitsOf({
      endpoints: kinds.e.buckets,
      addresses: kinds.a.buckets,
      unknownKeys: kinds.u.buckets,
    }),
    close: async () => closing.abort(),
  }
}

interface ToldBuckets {
  readonly buckets: RateBuckets
  /** What was used and not told yet, if it is enough to be told. */
  readonly takeUses: () => readonly (readonly [name: string, count: number])[]
  /** Takes what was used elsewhere. */
  readonly charge: (name: string, count: number, now: number) => void
}

function toldBuckets(rate: Rate, maxBuckets: number, toldName = (name: string) => name): ToldBuckets {
  const buckets = createBuckets(rate, maxBuckets)
  const untold = new Map<string, number>()
  return {
    buckets: {
      ...buckets,
      wait: (name, now) => buckets.wait(toldName(name), now),
      take: (name, now) => {
        const told = toldName(name)
        buckets.take(told, now)
        untold.set(told, (untold.get(told) ?? 0) + 1)
      },
    },
    takeUses: () => {
      const uses: [string, number][] = []
      for (const [name, count] of untold) {
        if (count >= MIN_TOLD) uses.push([name, count])
        // Its bucket is full again, and was forgotten.
        if (count >= MIN_TOLD || buckets.get(name) === undefined) untold.delete(name)
      }
      return uses
    },
    charge: (name, count, now) => {
      const tokens = tokensAt(buckets.get(name), rate, now) - count
      buckets.set(name, { tokens: Math.max(tokens, -MAX_DEBT * rate.burst), at: now })
    },
  }
}

const MAX_HASHES = 1000

/** The name of an endpoint begins with its API key, which nobody else is told. */
function createKeyHashes(): (endpoint: string) => string {
  const hashes = new Map<string, string>()
  return endpoint => {
    const end = endpoint.lastIndexOf(' ')
    if (end < 0) return endpoint
    const key = endpoint.slice(0, end)
    let hash = hashes.get(key)
    if (hash === undefined) {
      if (hashes.size >= MAX_HASHES) hashes.clear()
      hash = createHash('sha256').update(key).digest('base64url').slice(0, 8)
      hashes.set(key, hash)
    }
    return hash + endpoint.slice(end)
  }
}

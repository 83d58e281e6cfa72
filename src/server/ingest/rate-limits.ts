/** How many requests are let in: the limits of the Telemetry API's description, by endpoint and by address. */

import { API_RATES, type Rates } from '../../telemetry/api-limits.ts'
import { type Bucket, type Rate, refillMs, takeToken, waitForToken } from '../../telemetry/token-bucket.ts'

export type Admission =
  | { readonly kind: 'admitted' }
  /** Whole seconds, 1 or more: the form of Retry-After that RFC 9110 (10.2.3) calls delay-seconds. */
  | { readonly kind: 'refused'; readonly retryAfterSeconds: number }

/** The name of an endpoint, by whatever way an event for it comes. */
export function endpointName(apiKey: string | undefined, monitorKey: string): string {
  // A monitor key has no white space in it, so that no two pairs have the same name.
  return `${apiKey ?? ''} ${monitorKey}`
}

export interface RateLimits {
  /** `now` is the monotonic clock in milliseconds. A refused request takes no token from either bucket. */
  readonly admit: (endpoint: string, address: string, now: number) => Admission
  /** Of the address alone, where there is no endpoint: a wrong key has none. */
  readonly admitAddress: (address: string, now: number) => Admission
  /** How many buckets are held. */
  readonly size: () => number
}

/** Holds at most `maxBuckets` of each kind; past that the one that was longest unused is forgotten. */
export function createRateLimits(rates: Rates = API_RATES, maxBuckets = 10_000): RateLimits {
  const endpoints = createBuckets(rates.endpoint, maxBuckets)
  const addresses = createBuckets(rates.address, maxBuckets)
  return {
    admit: (endpoint, address, now) => {
      const wait = Math.max(endpoints.wait(endpoint, now), addresses.wait(address, now))
      if (wait > 0) return refused(wait)
      endpoints.take(endpoint, now)
      addresses.take(address, now)
      return { kind: 'admitted' }
    },
    admitAddress: (address, now) => {
      const wait = addresses.wait(address, now)
      if (wait > 0) return refused(wait)
      addresses.take(address, now)
      return { kind: 'admitted' }
    },
    size: () => endpoints.size() + addresses.size(),
  }
}

function refused(waitMs: number): Admission {
  return { kind: 'refused', retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) }
}

/** Lets everything in, for load tests and demonstrations. */
export const noRateLimits: RateLimits = {
  admit: () => ({ kind: 'admitted' }),
  admitAddress: () => ({ kind: 'admitted' }),
  size: () => 0,
}

function createBuckets(rate: Rate, maxBuckets: number) {
  // A Map keeps the order of insertion. A bucket is put in anew when it is used, so the idle ones stand in front.
  const buckets = new Map<string, Bucket>()
  const dropIdle = (now: number) => {
    for (const [name, bucket] of buckets) {
      if (buckets.size <= maxBuckets && now - bucket.at < refillMs(rate)) return
      buckets.delete(name)
    }
  }
  return {
    wait: (name: string, now: number) => waitForToken(buckets.get(name), rate, now),
    take: (name: string, now: number) => {
      const bucket = takeToken(buckets.get(name), rate, now)
      buckets.delete(name)
      buckets.set(name, bucket)
      dropIdle(now)
    },
    size: () => buckets.size,
  }
}

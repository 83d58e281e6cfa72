/** Limits requests by endpoint and by client address, at the rates of the Telemetry API's description. */

import { API_RATES, type Rates } from '../../telemetry/api-limits.ts'
import { createBuckets, type RateBuckets } from './rate-buckets.ts'

export type Admission =
  | { readonly kind: 'admitted' }
  /** Whole seconds, at least 1: the delay-seconds of Retry-After (RFC 9110, 10.2.3). */
  | { readonly kind: 'refused'; readonly retryAfterSeconds: number }

/** An endpoint is a pair of API key and monitor key, for events by HTTP and by mail. */
export function endpointName(apiKey: string | undefined, monitorKey: string): string {
  // A monitor key contains no space, so that each pair has a different name.
  return `${apiKey ?? ''} ${monitorKey}`
}

export interface RateLimits {
  /**
   * `now` is the monotonic clock in milliseconds. A refused request takes no token from either bucket. Without `address`,
   * only the endpoint is limited.
   */
  readonly admit: (endpoint: string, address: string | undefined, now: number) => Admission
  /**
   * Limits requests with an unknown API key, or without the key that is needed. They have a budget of their own, so that
   * they never stop the other clients of their address. With `endpoint`, its limit counts too.
   */
  readonly admitUnknownKey: (address: string, now: number, endpoint?: string) => Admission
  /** The number of buckets. */
  readonly size: () => number
}

/** What is limited. */
export interface LimitedBuckets {
  readonly endpoints: RateBuckets
  readonly addresses: RateBuckets
  readonly unknownKeys: RateBuckets
}

/** Keeps at most `maxBuckets` of each kind; above that, drops the least recently used one. */
export function createRateLimits(rates: Rates = API_RATES, maxBuckets = 10_000): RateLimits {
  return rateLimitsOf({
    endpoints: createBuckets(rates.endpoint, maxBuckets),
    addresses: createBuckets(rates.address, maxBuckets),
    unknownKeys: createBuckets(rates.address, maxBuckets),
  })
}

export function rateLimitsOf({ endpoints, addresses, unknownKeys }: LimitedBuckets): RateLimits {
  return {
    admit: (endpoint, address, now) => {
      const waitOfAddress = address === undefined ? 0 : addresses.wait(address, now)
      const wait = Math.max(endpoints.wait(endpoint, now), waitOfAddress)
      if (wait > 0) return refused(wait)
      endpoints.take(endpoint, now)
      if (address !== undefined) addresses.take(address, now)
      return { kind: 'admitted' }
    },
    admitUnknownKey: (address, now, endpoint) => {
      const waitOfEndpoint = endpoint === undefined ? 0 : endpoints.wait(endpoint, now)
      const wait = Math.max(unknownKeys.wait(address, now), waitOfEndpoint)
      if (wait > 0) return refused(wait)
      unknownKeys.take(address, now)
      if (endpoint !== undefined) endpoints.take(endpoint, now)
      return { kind: 'admitted' }
    },
    size: () => endpoints.size() + addresses.size() + unknownKeys.size(),
  }
}

function refused(waitMs: number): Admission {
  return { kind: 'refused', retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) }
}

/** Admits every request, for load tests and demonstrations. */
export const noRateLimits: RateLimits = {
  admit: () => ({ kind: 'admitted' }),
  admitUnknownKey: () => ({ kind: 'admitted' }),
  size: () => 0,
}

/**
 * How fast a spool is sent. Until the API first says 429 nothing is held back, since a server of one's own may have no
 * limits. From then on its token buckets are kept here as well, so that few requests are sent in vain.
 */

import { API_RATES, type Rates } from '../telemetry/api-rates.ts'
import { type Bucket, takeToken, tokensAt, waitForToken } from '../telemetry/token-bucket.ts'

export interface Pacing {
  /** Milliseconds until the next request of all may be sent, or the next of a monitor: 0 where it may be at once. */
  allMs(now: number): number
  monitorMs(monitor: string, now: number): number
  sent(monitor: string, now: number): void
  /** A 429 has come. True where it can only be the monitor's own limit that is meant. */
  limited(monitor: string, now: number): boolean
}

/** `now` is a monotonic clock in milliseconds. */
export function createPacing(rates: Rates = API_RATES): Pacing {
  const monitors = new Map<string, Bucket>()
  let all: Bucket | undefined
  let isLimited = false
  return {
    allMs: now => (isLimited ? waitForToken(all, rates.address, now) : 0),
    monitorMs: (monitor, now) => (isLimited ? waitForToken(monitors.get(monitor), rates.endpoint, now) : 0),
    sent(monitor, now) {
      all = takeToken(all, rates.address, now)
      monitors.set(monitor, takeToken(monitors.get(monitor), rates.endpoint, now))
    },
    limited(monitor, now) {
      isLimited = true
      // Each bucket is at most as full as it would be by our own requests alone. Where that is not even one token for
      // the monitor, it is the monitor's; else the address's, which others use as well.
      const isMonitors = tokensAt(monitors.get(monitor), rates.endpoint, now) < 1
      if (isMonitors) monitors.set(monitor, { tokens: 0, at: now })
      else all = { tokens: 0, at: now }
      return isMonitors
    },
  }
}

/** How many requests the Telemetry API takes: the limits of its description. */

import type { Rate } from './token-bucket.ts'

export interface Rates {
  /** Of one key and monitor. */
  readonly endpoint: Rate
  /** Of one client's address. */
  readonly address: Rate
}

export const API_RATES: Rates = {
  endpoint: { perSecond: 5, burst: 10 },
  address: { perSecond: 50, burst: 250 },
}

/** The limits of the Telemetry API, as its description states them. */

import type { Rate } from './token-bucket.ts'

/** Of a message, in characters. The API counts code points; we count UTF-16 units, which are never fewer. */
export const MAX_MESSAGE_LENGTH = 2000

/** Of a monitor key, in code points. */
export const MAX_MONITOR_KEY_LENGTH = 128

/** Of a request target, in bytes. RFC 9110 (4.1) asks every server to accept this much. */
export const MAX_REQUEST_TARGET_BYTES = 8000

export interface Rates {
  /** For each pair of key and monitor. */
  readonly endpoint: Rate
  /** For each client address. */
  readonly address: Rate
}

export const API_RATES: Rates = {
  endpoint: { perSecond: 5, burst: 10 },
  address: { perSecond: 50, burst: 250 },
}

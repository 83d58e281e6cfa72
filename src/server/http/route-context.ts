/** What the server's own paths (`/`, `/api`, `/metrics`, …) are given; what is sent to monitors goes by ingest/. */

import type { IncomingMessage } from 'node:http'
import type { Store } from '../store/store.ts'
import type { RefusalCounter } from './refusal-counter.ts'

export interface RouteContext {
  readonly store: Store
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly version: string
  /** Undefined where any key is accepted; then nobody has to log in, and only this host can connect. */
  readonly keys: KeyRing | undefined
  /** Is the connection to the browser encrypted, so that cookies are for such alone? */
  readonly isSecure: boolean
  /** What was refused, by whichever way it came: shown by /metrics. */
  readonly refusals: RefusalCounter
  /** Aborted when the server is to end: streams end then. */
  readonly closing: AbortSignal
}

export interface KeyRing {
  /** Compares in constant time. */
  readonly isKnown: (key: string) => boolean
}

/** To be asked before something is told that a request has waited for: its key may have been taken out, its session ended. */
export type CanStillRead = (request: IncomingMessage) => boolean

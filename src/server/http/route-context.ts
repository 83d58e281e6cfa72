/** What the routes of readers (`/`, `/api`, `/metrics`, …) share. Events are handled in ingest/. */

import type { IncomingMessage } from 'node:http'
import type { InTurn } from '../../system/turns.ts'
import type { DutyState } from '../store/noted-duties.ts'
import type { Store } from '../store/store.ts'
import type { ClientOf } from './client.ts'
import type { IgnoredCounter } from './ignored-counter.ts'
import type { RefusalCounter } from './refusal-counter.ts'

export interface RouteContext {
  readonly store: Store
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly version: string
  /** Undefined if any key is accepted. Then nobody needs to log in, and only this host can connect. */
  readonly keys: KeyRing | undefined
  /** Who sent a request, and whether over HTTPS. */
  readonly clientOf: ClientOf
  /** For /metrics. */
  readonly refusals: RefusalCounter
  /** For /metrics. */
  readonly ignoredCounter: IgnoredCounter
  /** For /metrics. */
  readonly isLatenessPaused: () => boolean
  /** For /metrics. */
  readonly dutyStates: () => readonly DutyState[]
  /** For answers that need all monitors. */
  readonly inTurn: InTurn
  /** Aborted when the server starts to end, so that streams and waiting requests end. */
  readonly closing: AbortSignal
}

export interface KeyRing {
  /** Compares in constant time. */
  readonly isKnown: (key: string) => boolean
  /** True if `proof` was made of one of these keys and of this token (access/key-proof.ts). */
  readonly isProvedBy: (proof: string, token: string) => boolean
}

/**
 * False if the key of the request was removed or its session has ended meanwhile. Ask before each answer that took
 * time.
 */
export type CanStillRead = (request: IncomingMessage) => boolean

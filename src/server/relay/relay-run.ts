/** The state of a running relay. */

import type { KeyFingerprint } from '../../spool/delivery-scope.ts'
import type { RateLimiter } from '../../spool/drain/rate-limiter.ts'
import type { SpoolSender } from '../../spool/sender.ts'
import type { Spool } from '../../spool/spool.ts'
import type { WakeUp } from '../../system/wake-up.ts'
import type { RelayStore } from './copy-stored.ts'
import type { ForwardMark } from './forward-mark.ts'
import type { RelayNotices } from './relay-notices.ts'

export interface RelayTools {
  readonly store: RelayStore
  readonly spool: Spool
  readonly key: KeyFingerprint
  readonly secrets: readonly string[]
  /** True if an event keeps the `stamp` with which it was received. */
  readonly stamp: boolean
  readonly notices: RelayNotices
  readonly sender: SpoolSender
  /** Undefined if no other server may go on here. */
  readonly mark?: ForwardMark | undefined
  /** True if another server sends events on by now. Asked before each request. Default: never. */
  readonly isLost?: () => boolean
}

/** What the two loops share. */
export interface RelayRun extends RelayTools {
  /** Ends both loops once the requests under way have ended. */
  readonly stop: AbortSignal
  /** Ends the requests under way. */
  readonly abort: AbortSignal
  /** Wakes the copy loop. */
  readonly copyWakeUp: WakeUp
  /** Wakes the deliver loop. */
  readonly deliverWakeUp: WakeUp
  /** Called when events were copied into the spool. */
  readonly putListeners: Set<() => void>
  readonly rateLimiter: RateLimiter
  /** Resolves once the store has noted what was copied; never rejects. */
  copying: Promise<unknown>
  /** True if the spool had no room for the next stored event. */
  isSpoolFull: boolean
  /** Events that were delivered or refused since the start. */
  settledCount: number
  /** Events that were refused since the limits of the spool were last enforced. */
  refusedCount: number
}

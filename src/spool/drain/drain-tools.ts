/** What a drain works with. */

import type { SharedRateLimit } from '../../client/delivery-tools.ts'
import type { MessageShare } from '../../client/message-share.ts'
import type { ApiAnswer } from '../../client/outcome.ts'
import type { Sleep } from '../../system/sleep.ts'
import type { Late } from '../../telemetry/delay-marker.ts'
import type { TelemetryEvent } from '../../telemetry/event.ts'
import type { DeliveryScope } from '../delivery-scope.ts'
import type { Spool } from '../spool.ts'
import type { DrainReport } from './drain-report.ts'
import type { RateLimiter } from './rate-limiter.ts'

/**
 * Sends an event once, and never rejects. `connection` is a number from 0 up to but not including `MAX_CONCURRENT` (pace.ts);
 * a connection sends one event at a time. `late` is undefined for an event that is not marked as late.
 */
export type SendSpooled = (
  event: TelemetryEvent,
  message: MessageShare,
  signal: AbortSignal,
  late: Late | undefined,
  connection: number,
) => Promise<ApiAnswer>

/** The drain sends the events of its delivery scope and leaves all others alone. */
export interface DrainTools extends DeliveryScope {
  readonly spool: Spool
  readonly send: SendSpooled
  /** True if each event carries the time at which it happened. */
  readonly stamp: boolean
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  readonly sleep: Sleep
  /** As Math.random. */
  readonly random: () => number
  readonly report: (what: DrainReport) => void
  /** The API's limits as other processes of the host know them. */
  readonly sharedLimit?: SharedRateLimit
  /** The API's limits as this process knows them. Without it, each drain starts with none. */
  readonly rateLimiter?: RateLimiter
  /**
   * Calls `listener` each time that events were put into the queue, until the returned function is called. Without it, the
   * drain sees new events when it has finished a batch.
   */
  readonly onPut?: (listener: () => void) => () => void
  /** Gives up after this many milliseconds in which nothing was delivered or refused. Without it, only the signal ends it. */
  readonly giveUpAfterMs?: number
}

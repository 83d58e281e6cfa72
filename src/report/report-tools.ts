/** The functions of the system that reports use. Tests replace the clock, the delivery and the spool. */

import { createRunRecord } from '../spool/run-record.ts'
import { monotonicMs } from '../system/clock.ts'
import { stopFileCalls, whileAnswering } from '../system/hung-file-system.ts'
import { type Sleep, sleep } from '../system/sleep.ts'
import { withTimeLimit } from '../system/time-limit.ts'
import { deliverFromSpool } from './deliver-from-spool.ts'
import { hasEarlierEvents } from './earlier-events.ts'
import { keepEvents } from './keep-events.ts'
import { openDelivery } from './open-delivery.ts'
import { recoverAndSchedule } from './recover-and-schedule.ts'
import { openKeeper } from './spool-keeper.ts'
import { startCourier } from './start-courier.ts'

export interface ReportTools {
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  readonly sleep: Sleep
  readonly withTimeLimit: typeof withTimeLimit
  readonly whileAnswering: typeof whileAnswering
  readonly stopFileCalls: typeof stopFileCalls
  readonly openDelivery: typeof openDelivery
  readonly openKeeper: typeof openKeeper
  readonly hasEarlierEvents: typeof hasEarlierEvents
  readonly keepEvents: typeof keepEvents
  readonly createRunRecord: typeof createRunRecord
  readonly recoverAndSchedule: typeof recoverAndSchedule
  readonly startCourier: typeof startCourier
  readonly deliverFromSpool: typeof deliverFromSpool
}

export const REPORT_TOOLS: ReportTools = {
  now: monotonicMs,
  sleep,
  withTimeLimit,
  whileAnswering,
  stopFileCalls,
  openDelivery,
  openKeeper,
  hasEarlierEvents,
  keepEvents,
  createRunRecord,
  recoverAndSchedule,
  startCourier,
  deliverFromSpool,
}

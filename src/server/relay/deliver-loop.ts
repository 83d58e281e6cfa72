/** Delivers the events in the relay's spool, as the courier of a wrapper does, for as long as the server runs. */

import type { ApiAnswer } from '../../client/outcome.ts'
import { DEFAULT_DELIVER_WITHIN_MS } from '../../settings/defaults.ts'
import { drain } from '../../spool/drain/drain.ts'
import type { DrainReport } from '../../spool/drain/drain-report.ts'
import type { SendSpooled } from '../../spool/drain/drain-tools.ts'
import { deliveryLockPath } from '../../spool/spool.ts'
import { acquireLock, type Lock } from '../../system/lock.ts'
import { sleep } from '../../system/sleep.ts'
import type { Late } from '../../telemetry/delay-marker.ts'
import type { TelemetryEvent } from '../../telemetry/event.ts'
import { ERROR_PAUSE_MS, POLL_MS } from './loop-intervals.ts'
import { describeRelayError } from './relay-notices.ts'
import type { RelayRun } from './relay-run.ts'

/** If the spool is full, events are copied again each time that this many have left it. */
const REFILL_COUNT = 50

/** Resolves once `run.stop` aborts and the requests under way have ended; never rejects. */
export async function deliverLoop(run: RelayRun): Promise<void> {
  const { spool, stop, deliverWakeUp, notices } = run
  let lock: Lock | undefined
  // Waits until the store has noted the first copy. If its events were sent before that, they would be sent again after
  // a kill.
  await run.copying
  while (!stop.aborted) {
    let hasFailed = false
    try {
      lock ??= acquireDeliveryLock(run)
      if (lock !== undefined) hasFailed = await drainOnce(run)
    } catch (error) {
      notices.once(`events wait to be sent on: ${spool.folder}: ${describeRelayError(error)}`)
      hasFailed = true
    }
    if (lock === undefined || hasFailed) await sleep(ERROR_PAUSE_MS, stop)
    else await deliverWakeUp.wait(POLL_MS, stop)
  }
  lock?.release()
}

/** Resolves once nothing more can be sent, or `run.stop` aborts. True if the spool could not be used. */
async function drainOnce(run: RelayRun): Promise<boolean> {
  let hasFailed = false
  const report = (what: DrainReport): void => {
    run.notices.report(what)
    hasFailed ||= what.kind === 'failed'
    if (what.kind === 'refused') run.refusedCount += 1
    if (what.kind === 'delivered' || what.kind === 'refused') run.settledCount += 1
    if (run.isSpoolFull && run.settledCount % REFILL_COUNT === 0) run.copyWakeUp.wake()
  }
  const onPut = (listener: () => void) => {
    run.putListeners.add(listener)
    return () => run.putListeners.delete(listener)
  }
  // Requests get another signal than the drain, so that a current request may still be answered.
  const send: SendSpooled = async (event, message, _signal, late, connection) => {
    await run.copying
    if (run.isLost?.() === true) return LOST
    return run.sender.tools.send(event, message, run.abort, latenessToSend(event, late), connection)
  }
  const settled = run.settledCount
  await drain({ ...run.sender.tools, send, report, rateLimiter: run.rateLimiter, onPut }, run.stop)
  // The mark is saved when the next events are copied, or now.
  if (run.mark !== undefined && run.settledCount > settled) run.copyWakeUp.wake()
  return hasFailed
}

/**
 * Marks an event as late only if a wrapper would have delivered it earlier, and if it does not have the time at which
 * it happened.
 */
export function latenessToSend({ stamp }: TelemetryEvent, late: Late | undefined): Late | undefined {
  const isLate = late !== undefined && late.now - late.occurredAt >= DEFAULT_DELIVER_WITHIN_MS
  return isLate && stamp === undefined ? late : undefined
}

const LOST: ApiAnswer = { kind: 'error', message: 'another server sends events on' }

/** Undefined if another process delivers from the spool, for example `cronitor spool flush`. */
function acquireDeliveryLock({ spool, key, notices }: RelayRun): Lock | undefined {
  const acquired = acquireLock(deliveryLockPath(spool, key), 'relay', spool.place)
  if (acquired.kind === 'held') return acquired.lock
  const { holder } = acquired
  const by = holder === undefined ? '' : `: ${holder.role}, process ${holder.pid}`
  notices.once(`events wait to be sent on until another process has delivered from ${spool.folder}${by}`)
  return undefined
}

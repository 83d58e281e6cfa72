/**
 * Delivers the events of a spool: oldest first, in order within each series, several series at a time. One process at a time
 * does this for an API key: the one that holds `deliveryLockPath`.
 */

import { createDrainRun, type DrainRun, failRun, isOver } from './drain-run.ts'
import type { DrainTools } from './drain-tools.ts'
import { sendBatch } from './send-batch.ts'
import { refillQueues } from './series-queue.ts'

/**
 * Resolves once no event of the delivery scope can be sent any more, the signal aborts, nothing has been delivered or refused
 * for `giveUpAfterMs`, or the spool cannot be used. Never rejects.
 */
export async function drain(tools: DrainTools, signal: AbortSignal): Promise<void> {
  const run = createDrainRun(tools, signal)
  while (await hasBatch(run)) {
    await sendBatch(run)
    if (isOver(run)) return
  }
}

/** Reads the names of the oldest waiting events; false if there are none. */
async function hasBatch(run: DrainRun): Promise<boolean> {
  try {
    await refillQueues(run)
    return run.queues.size > 0
  } catch (error) {
    failRun(run, error)
    return false
  }
}

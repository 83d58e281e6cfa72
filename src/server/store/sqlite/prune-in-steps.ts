/** Removes old rows step by step; other calls run in between. */

import { PRUNE_START, type PruneLimit, type PrunePlace } from './prune.ts'
import type { AsyncEngine } from './thread/async-engine.ts'

export interface PruneTools extends Pick<AsyncEngine, 'pruneStep'> {
  /** Pending rows must be written before each step. */
  readonly flush: () => Promise<void>
  /** True if no further step may start. */
  readonly isClosed: () => boolean
}

/** Resolves with the number of events that were removed. */
export async function pruneInSteps(
  upTo: PruneLimit,
  { pruneStep, flush, isClosed }: PruneTools,
): Promise<number> {
  let removed = 0
  let place: PrunePlace | undefined = PRUNE_START
  while (place !== undefined && !isClosed()) {
    await flush()
    const step: Awaited<ReturnType<AsyncEngine['pruneStep']>> = await pruneStep(place, upTo)
    removed += step.removed
    place = step.next
  }
  return removed
}

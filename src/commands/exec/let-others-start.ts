/**
 * Lets other jobs start first. If hundreds of jobs start in the same second, the wrappers whose jobs have started compete for the
 * processors with those whose jobs have not. Reporting can wait, and starts cannot (bench/RESULTS.md, "a herd of 200").
 */

import type { RunQueue } from '../../system/run-queue.ts'
import type { Sleep } from '../../system/sleep.ts'

/** The start was crowded if it waited this long for a processor, and this many times as long as it ran. */
const CROWDED_MS = 100
const CROWDED_SHARE = 4

/** It is crowded while more threads than this are runnable for each processor. */
const CROWD = 4

/** The longest wait, as a multiple of what the start took: a host that is always crowded delays reports in proportion. */
const LONGEST = 3

/** What is left of `--deliver-within` must be this many times as long as the start took: sending is as slow on such a host. */
const TO_DELIVER = 2

/** The mean time between two looks, in milliseconds. Each look costs as much as a part of a start. */
const PAUSE_MS = 300

export interface StartedJob {
  /** Milliseconds since the job's end; 0 before. */
  readonly sinceEndMs: () => number
  /** Aborts when the wrapper must leave soon. */
  readonly stopWaiting: AbortSignal
}

export interface CrowdTools {
  readonly runQueue: RunQueue
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  readonly sleep: Sleep
  readonly random: () => number
  /** Called before the wait, if there is one. */
  readonly tell: () => void
}

/**
 * Resolves at once if this start did not have to wait for a processor. Otherwise when the host is less crowded, at the latest
 * `LONGEST` times as long as the start took, and at the latest half of `deliverWithinMs` after the job's end. Never rejects.
 */
export async function letOthersStart(
  { sinceEndMs, stopWaiting }: StartedJob,
  deliverWithinMs: number,
  { runQueue, now, sleep, random, tell }: CrowdTools,
): Promise<void> {
  const times = runQueue.times()
  if (times === undefined) return
  const { ranMs, waitedMs } = times
  if (waitedMs < CROWDED_MS || waitedMs < ranMs * CROWDED_SHARE) return
  const startMs = ranMs + waitedMs
  const end = now() + startMs * LONGEST
  const afterEndMs = Math.min(deliverWithinMs / 2, deliverWithinMs - startMs * TO_DELIVER)
  for (let isFirst = true; (runQueue.crowd() ?? 0) > CROWD; isFirst = false) {
    const leftMs = Math.min(end - now(), afterEndMs - sinceEndMs())
    if (leftMs <= 0 || stopWaiting.aborted) return
    if (isFirst) tell()
    // Random, so that not all wrappers continue at the same moment.
    await sleep(Math.min(leftMs, PAUSE_MS * (0.5 + random())), stopWaiting)
  }
}

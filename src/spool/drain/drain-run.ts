/** The state of one drain. */

import { describeSystemError } from '../../system/describe-system-error.ts'
import type { DrainTools } from './drain-tools.ts'
import { createPace, MAX_CONCURRENT, type Pace } from './pace.ts'
import { createProgressDeadline, type ProgressDeadline } from './progress-deadline.ts'
import type { SeriesQueues } from './series-queue.ts'
import { type ChangeSignal, createChangeSignal } from './wait-for-change.ts'

export interface DrainRun {
  readonly tools: DrainTools
  /** Ends the drain. */
  readonly signal: AbortSignal
  readonly queues: SeriesQueues
  /** Series with a file that cannot be read: later events of the series must not overtake it. */
  readonly skippedSeries: Set<string>
  /** Files whose `Retry-After` this drain waits for, or has waited for. */
  readonly delayedFiles: Set<string>
  readonly idleConnections: number[]
  readonly pace: Pace
  readonly deadline: ProgressDeadline
  /** Ends the wait of `sendBatch`. */
  readonly changes: ChangeSignal
  /** True once the spool cannot be used. */
  hasFailed: boolean
}

export function createDrainRun(tools: DrainTools, signal: AbortSignal): DrainRun {
  return {
    tools,
    signal,
    queues: new Map(),
    skippedSeries: new Set(),
    delayedFiles: new Set(),
    idleConnections: Array.from({ length: MAX_CONCURRENT }, (_, index) => index).reverse(),
    pace: createPace(tools),
    deadline: createProgressDeadline(tools.now, tools.giveUpAfterMs),
    changes: createChangeSignal(tools.sleep),
    hasFailed: false,
  }
}

export function isOver({ signal, hasFailed, deadline }: DrainRun): boolean {
  return signal.aborted || hasFailed || deadline.leftMs() <= 0
}

/** Ends the drain, and reports the first error of the spool. */
export function failRun(run: DrainRun, error: unknown): void {
  if (run.hasFailed) return
  run.hasFailed = true
  run.tools.report({ kind: 'failed', problem: describeSystemError(error) })
  run.changes.notify()
}

/** The time limits of a run, and which of them ends an attempt first. */

import type { EndSignals } from '../../../job/end-processes.ts'
import type { TimeLimit } from '../../../job/run-limits.ts'
import { formatDuration } from '../../../system/duration.ts'
import type { Control } from './control.ts'
import { DEFAULT_KILL_AFTER_MS } from './defaults.ts'

/** Milliseconds. 0: no limit, as for GNU `timeout`. */
export interface RunLimits extends EndSignals {
  /** For each attempt. */
  readonly timeoutMs: number
  /** For all attempts together. */
  readonly deadlineMs: number
  readonly warnAfterMs: number
}

export function limitsOf(control: Control): RunLimits {
  return {
    timeoutMs: control.timeout ?? 0,
    deadlineMs: control.deadline ?? 0,
    warnAfterMs: control.warnAfter ?? 0,
    signal: control.signal ?? 'SIGTERM',
    killAfterMs: control.killAfter ?? DEFAULT_KILL_AFTER_MS,
  }
}

export function isLimited({ timeoutMs, deadlineMs }: RunLimits): boolean {
  return timeoutMs > 0 || deadlineMs > 0
}

/** Undefined: the attempt may take as long as it wants. Times are by the monotonic clock, in milliseconds. */
export function timeLimit(
  { timeoutMs, deadlineMs }: RunLimits,
  attemptStartedAt: number,
  runStartedAt: number,
): TimeLimit | undefined {
  const timeout = timeoutMs > 0 ? attemptStartedAt + timeoutMs : Number.POSITIVE_INFINITY
  const deadline = deadlineMs > 0 ? runStartedAt + deadlineMs : Number.POSITIVE_INFINITY
  if (timeout === Number.POSITIVE_INFINITY && deadline === Number.POSITIVE_INFINITY) return undefined
  return timeout <= deadline
    ? { at: timeout, reason: `timed out after ${formatDuration(timeoutMs)}` }
    : { at: deadline, reason: `timed out after ${formatDuration(deadlineMs)} (deadline)` }
}

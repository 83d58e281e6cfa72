/** A run whose job has started. */

import type { LaunchNotes } from '../../job/launch-notes.ts'
import type { MetricsFolder } from '../../job/metrics-folder.ts'
import type { JobSignals } from '../../job/signals.ts'
import type { Job } from '../../job/start.ts'
import type { Remarks } from '../../report/remarks.ts'
import type { KeyPipes } from '../../settings/key-pipe.ts'
import { monotonicMs } from '../../system/clock.ts'
import type { Tail } from '../../system/tail.ts'
import type { FindHidden } from '../../telemetry/redact.ts'
import type { RunOutcome } from './run-outcome.ts'

export interface StartedRun {
  readonly job: Job
  readonly outcome: Promise<RunOutcome>
  /** Milliseconds since the end of the job; 0 before. */
  readonly sinceEndMs: () => number
  readonly series: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The end of the job's output; empty with `--no-output`. */
  readonly tail: Tail
  readonly keyPipes: KeyPipes
  /** Where the job puts its metrics. */
  readonly metrics: MetricsFolder
  /** What must not be reported, besides keys. */
  readonly findHidden?: FindHidden | undefined
  /** Aborts when a signal arrives after the job's end. */
  readonly stopWaiting: AbortSignal
  /** Warnings about the start. */
  readonly problems: readonly string[]
  readonly remarks?: Remarks
  /** Resolves once output that was held back is written. */
  readonly shown?: Promise<void>
  /** False if no event is sent. */
  readonly isReported?: boolean
  /** Called as the last step before the wrapper exits. */
  readonly beforeLeaving?: () => void
}

/** A run whose job was started, and can be started again. */
export interface FirstStart extends Omit<StartedRun, 'outcome' | 'sinceEndMs' | 'stopWaiting'> {
  /** The last word of CRONITOR_RUN_ID, which no other run has. */
  readonly token: string
  readonly notes: LaunchNotes
  readonly signals: JobSignals
  /** Call it after the job has ended, and only with `mayRepeat`. */
  readonly startAgain: () => Job
}

/** @param job ends when the whole run has ended: with retries, that is the end of the last attempt */
export function asRun(first: FirstStart, job: Job, outcome: Promise<RunOutcome>): StartedRun {
  const stopWaiting = new AbortController()
  let endedAt: number | undefined
  void job.ended.then(end => {
    endedAt = monotonicMs()
    first.signals.jobEnded(end, () => stopWaiting.abort())
  })
  const sinceEndMs = (): number => (endedAt === undefined ? 0 : monotonicMs() - endedAt)
  return { ...first, job, outcome, sinceEndMs, stopWaiting: stopWaiting.signal }
}

/** The outcome of a run: how the wrapper ends, and what is reported. */

import { exitStatusOf, type JobEnd } from '../../job/job-end.ts'
import type { ReportedEnd } from '../../report/reported-job.ts'

export interface RunOutcome {
  /** The wrapper ends in this way. */
  readonly leave: JobEnd
  readonly reported: ReportedEnd
}

/** Without job control, the job has failed if its exit status is not 0. */
export function outcomeOf(end: JobEnd): RunOutcome {
  const reason = failureOf(end)
  return {
    leave: end,
    reported: {
      status: exitStatusOf(end),
      durationMs: end.durationMs,
      state: reason === undefined ? 'complete' : 'fail',
      ...(reason !== undefined && { reason }),
    },
  }
}

/** Undefined if the job ended with 0. */
function failureOf(end: JobEnd): string | undefined {
  switch (end.kind) {
    case 'exited':
      return end.status === 0 ? undefined : `exit status ${end.status}`
    case 'killed':
      return `killed by ${end.signal}`
    case 'timed-out':
    case 'not-started':
      return end.reason
    default:
      return end satisfies never
  }
}

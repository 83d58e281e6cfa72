/** Describes a job for its report. */

import { exitStatusOf, type JobEnd } from '../../job/job-end.ts'
import type { Job } from '../../job/start.ts'
import type { ReportedJob } from '../../report/reported-job.ts'

export function reportedJob({ pid, relays, ended }: Job): ReportedJob {
  return {
    pid,
    ended: ended.then(end => {
      const reason = reasonOf(end)
      return {
        status: exitStatusOf(end),
        durationMs: end.durationMs,
        ...(reason !== undefined && { reason }),
      }
    }),
    async takeRest() {
      for (const relay of relays) await relay.takeRest()
    },
  }
}

/** Why the job failed; undefined if it did not. */
function reasonOf(end: JobEnd): string | undefined {
  switch (end.kind) {
    case 'exited':
      return end.status === 0 ? undefined : `exit status ${end.status}`
    case 'killed':
      return `killed by ${end.signal}`
    case 'not-started':
      return end.reason
    default:
      return end satisfies never
  }
}

/** Describes a job for its report. */

import type { ReportedJob } from '../../report/reported-job.ts'
import type { StartedRun } from './started-run.ts'

export function reportedJob({ job: { pid, relays }, outcome }: StartedRun): ReportedJob {
  return {
    pid,
    ended: outcome.then(({ reported }) => reported),
    async takeRest() {
      for (const relay of relays) await relay.takeRest()
    },
  }
}

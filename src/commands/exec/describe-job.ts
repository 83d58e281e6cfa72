/** Describes a job for its report. */

import type { WrittenMetrics } from '../../job/metrics-folder.ts'
import type { Notices } from '../../report/notices/notices.ts'
import type { ReportedEnd, ReportedJob } from '../../report/reported-job.ts'
import type { StartedRun } from './started-run.ts'

export function reportedJob(run: StartedRun, notices: Notices): ReportedJob {
  const { pid, relays } = run.job
  return {
    pid,
    ended: run.outcome.then(({ reported }) => {
      const written = run.metrics.take()
      void run.metrics.remove()
      return withMetrics(reported, written, notices)
    }),
    sinceEndMs: run.sinceEndMs,
    async takeRest() {
      for (const relay of relays) await relay.takeRest()
    },
  }
}

/** The code that reads metrics is loaded only if the job has written some. */
async function withMetrics(
  end: ReportedEnd,
  written: WrittenMetrics,
  notices: Notices,
): Promise<ReportedEnd> {
  if (written.kind === 'none') return end
  const { readMetrics } = await import('./control/read-metrics.ts')
  const { metrics, warnings } = readMetrics(written, end.metrics)
  for (const warning of warnings) notices.warn(warning)
  return { ...end, metrics }
}

/** Decides which lines `wrap` changes, and how. */

import { isMonitored } from '../../crontab/line-monitor.ts'
import { wrapLine } from '../../crontab/wrap-line.ts'
import type { LineChange, LinePlan } from './change-lines.ts'
import { latin1 } from './crontab-bytes.ts'
import { searchPathOf } from './job-environment.ts'
import type { CrontabJob } from './jobs.ts'
import { wrapperInLine } from './wrapper-path.ts'

export interface WrapPlanOptions {
  readonly keys: ReadonlyMap<CrontabJob, string>
  readonly isChosen: (job: CrontabJob) => boolean
  /** Words for each line. */
  readonly options: readonly string[]
  /** The absolute path of cronitor-exec. */
  readonly wrapper: string
  readonly launcherProblem: (job: CrontabJob, path: string) => string | undefined
}

export function planWrap(jobs: readonly CrontabJob[], plan: WrapPlanOptions): LinePlan {
  const changes: LineChange[] = []
  const left: { job: CrontabJob; message: string }[] = []
  for (const job of jobs) {
    if (!plan.isChosen(job) || isMonitored(job.monitor)) continue
    const problem = plan.launcherProblem(job, plan.wrapper)
    const result = wrapLine(job.line, {
      dialect: job.crontab.file.dialect,
      launcher: latin1(wrapperInLine(plan.wrapper, searchPathOf(job))),
      options: plan.options,
      key: plan.keys.get(job) ?? '',
      launcherProblem: problem === undefined ? undefined : latin1(problem),
    })
    if (result.ok) changes.push({ job, text: result.text })
    else left.push({ job, message: result.message })
  }
  return { changes, left }
}

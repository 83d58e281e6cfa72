/** `cronitor crontab unwrap`: gives jobs the lines back that they had before `wrap`. */

import { unwrapLine } from '../../crontab/unwrap-line.ts'
import { createNotices } from '../../report/notices/notices.ts'
import { applyChanges, type LineChange, type LinePlan, showPlan } from './change-lines.ts'
import { chooseJobs } from './choose-jobs.ts'
import type { CrontabChangeFlags } from './crontab-flags.ts'
import { readCrontabs } from './crontabs.ts'
import { holdSignals } from './hold-signals.ts'
import { type CrontabJob, jobsOf, monitorKeyOf } from './jobs.ts'
import { warnOfIgnored } from './warn-of-ignored.ts'

/** Resolves with the exit status. */
export async function unwrapCrontabs(files: readonly string[], flags: CrontabChangeFlags): Promise<0 | 1> {
  const notices = createNotices('cronitor', flags)
  const { crontabs, problems } = readCrontabs(files, flags)
  for (const problem of problems) notices.warnNow(problem)
  for (const crontab of crontabs) warnOfIgnored(crontab, notices.warnNow)
  const jobs = jobsOf(crontabs)
  const chosen = chooseJobs(
    flags.jobs,
    jobs.map(job => ({ job, key: monitorKeyOf(job) })),
  )
  if (!chosen.ok) {
    notices.warnNow(chosen.problem)
    return 1
  }
  const isNamed = flags.jobs !== undefined
  const plan = planUnwrap(jobs.filter(chosen.isChosen), isNamed)
  const changed = await showPlan(plan, notices)
  if (flags.apply) holdSignals()
  else if (changed.length > 0) notices.warnNow('nothing was written: --apply writes it')
  const failed = flags.apply ? applyChanges(changed, flags, notices) : []
  const isIncomplete = problems.length > 0 || failed.length > 0 || (isNamed && plan.left.length > 0)
  return isIncomplete ? 1 : 0
}

/** @param isNamed true if the jobs were named one by one: then each that stays as it is has a reason to tell */
function planUnwrap(jobs: readonly CrontabJob[], isNamed: boolean): LinePlan {
  const changes: LineChange[] = []
  const left: { job: CrontabJob; message: string }[] = []
  for (const job of jobs) {
    const result = unwrapLine(job.line, job.crontab.file.dialect)
    if (result.ok) changes.push({ job, text: result.text })
    else if (isNamed || result.reason === 'other-form') left.push({ job, message: result.message })
  }
  return { changes, left }
}

/** `cronitor crontab wrap`: puts cronitor-exec in front of the jobs of crontabs. */

import { parseCrontab } from '../../crontab/parse-crontab.ts'
import { unifiedDiff } from '../../crontab/unified-diff.ts'
import { createNotices, type Notices } from '../../report/notices/notices.ts'
import { DEFAULT_GRACE_MS } from '../../settings/defaults.ts'
import { systemHostname } from '../../system/hostname.ts'
import { assignKeys } from './assign-keys.ts'
import { applyChanges, type ChangedCrontab, showPlan } from './change-lines.ts'
import { chooseJobs } from './choose-jobs.ts'
import { chooseWrapper } from './choose-wrapper.ts'
import { latin1 } from './crontab-bytes.ts'
import type { CrontabWrapFlags } from './crontab-flags.ts'
import { type Crontab, readCrontabs } from './crontabs.ts'
import { whyRefused } from './expectation-findings.ts'
import { type ExpectationsText, readExpectations, writeExpectations } from './expectations-file.ts'
import { holdSignals } from './hold-signals.ts'
import { jobsOf, monitorKeyOf } from './jobs.ts'
import { createLauncherCheck } from './launcher-check.ts'
import { lineOptions } from './line-options.ts'
import { keysOfOtherOrigins, mergeExpectations } from './merge-expectations.ts'
import { planWrap } from './plan-wrap.ts'
import { printDiff } from './print-diff.ts'
import { originsOf, wantedExpectations } from './wanted-expectations.ts'
import { warnOfIgnored } from './warn-of-ignored.ts'

/** Resolves with the exit status. */
export async function wrapCrontabs(files: readonly string[], flags: CrontabWrapFlags): Promise<0 | 1> {
  const options = await lineOptions(flags.env, flags.with ?? [])
  const notices = createNotices('cronitor', flags)
  const fail = (problem: string): 1 => {
    notices.warnNow(problem)
    return 1
  }
  const wrapper = chooseWrapper(flags.wrapper)
  if (!wrapper.ok) return fail(wrapper.problem)
  const expected = flags.expectations === undefined ? undefined : readExpectations(flags.expectations)
  if (expected?.ok === false) return fail(expected.problem)

  const { crontabs, problems } = readCrontabs(files, flags)
  for (const problem of problems) notices.warnNow(problem)
  for (const crontab of crontabs) warnOfIgnored(crontab, notices.warnNow)
  const jobs = jobsOf(crontabs)
  const host = systemHostname()
  const elsewhere = keysOfOtherOrigins(expected?.text ?? '', originsOf(crontabs))
  const keys = assignKeys(crontabs, jobs, { host, hasHost: flags.hostKeys === true, elsewhere })
  const chosen = chooseJobs(
    flags.jobs,
    jobs.map(job => ({ job, key: keys.get(job) ?? monitorKeyOf(job) })),
  )
  if (!chosen.ok) return fail(chosen.problem)

  const plan = planWrap(jobs, {
    keys,
    isChosen: chosen.isChosen,
    options,
    wrapper: wrapper.path,
    launcherProblem: createLauncherCheck(),
  })
  const changed = await showPlan(plan, notices)
  if (flags.apply) holdSignals()
  const failed = flags.apply ? applyChanges(changed, flags, notices) : []
  const after = withChanges(crontabs, changed, failed)
  const expectations = await changeExpectations(after, expected, flags, notices)
  if (!flags.apply && (changed.length > 0 || expectations === 'changed')) {
    notices.warnNow('nothing was written: --apply writes it')
  }
  const isIncomplete = flags.jobs !== undefined && plan.left.length > 0
  return problems.length + failed.length > 0 || expectations === 'failed' || isIncomplete ? 1 : 0
}

/** The crontabs as they are once the changes are written, without those that could not be. */
function withChanges(
  crontabs: readonly Crontab[],
  changed: readonly ChangedCrontab[],
  failed: readonly Crontab[],
): Crontab[] {
  const texts = new Map(changed.map(({ crontab, text }) => [crontab, text]))
  return crontabs.map(crontab => {
    const text = failed.includes(crontab) ? undefined : texts.get(crontab)
    return text === undefined ? crontab : { ...crontab, text, file: parseCrontab(text, crontab.file) }
  })
}

/** Prints what changes in the file of expectations, and writes it with `--apply`. */
async function changeExpectations(
  crontabs: readonly Crontab[],
  before: ExpectationsText | undefined,
  { expectations: path, grace, apply }: CrontabWrapFlags,
  notices: Notices,
): Promise<'same' | 'changed' | 'failed'> {
  if (path === undefined || before?.ok !== true) return 'same'
  const wanted = wantedExpectations(jobsOf(crontabs), grace ?? DEFAULT_GRACE_MS)
  for (const reason of wanted.left) notices.warnNow(reason)
  const merged = mergeExpectations(before.text, wanted.expectations, {
    origins: originsOf(crontabs),
    hasGrace: grace !== undefined,
  })
  for (const { monitorKey, line } of merged.others) {
    notices.warnNow(`${path}:${line} stays as it is: ${monitorKey} is expected there already`)
  }
  const refusal = whyRefused(merged.text)
  if (refusal !== undefined) notices.warnNow(`${path}: ${refusal}`)
  if (merged.text === before.text) return 'same'
  await printDiff(latin1(unifiedDiff(path, merged.lines)))
  if (!apply) return 'changed'
  const problem = writeExpectations(path, before, merged.text)
  if (problem === undefined) return 'changed'
  notices.warnNow(problem)
  return 'failed'
}

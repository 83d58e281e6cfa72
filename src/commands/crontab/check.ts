/** `cronitor crontab check`: finds jobs that are not monitored, or that do not run. */

import { isMonitored } from '../../crontab/line-monitor.ts'
import { createNotices } from '../../report/notices/notices.ts'
import { systemHostname } from '../../system/hostname.ts'
import { printable } from '../../system/printable.ts'
import { print } from '../terminal/print.ts'
import { assignKeys } from './assign-keys.ts'
import { type ChosenJobs, chooseJobs } from './choose-jobs.ts'
import type { CrontabFinding } from './crontab-finding.ts'
import type { CrontabCheckFlags } from './crontab-flags.ts'
import { type Crontab, readCrontabs, whereIs } from './crontabs.ts'
import { expectationFindings } from './expectation-findings.ts'
import { type ExpectationsText, readExpectations } from './expectations-file.ts'
import { fileFindings, skippedFindings } from './file-findings.ts'
import { hasUser } from './has-user.ts'
import { jobFindings } from './job-findings.ts'
import { type CrontabJob, jobsOf, monitorKeyOf } from './jobs.ts'
import { keysOfOtherOrigins } from './merge-expectations.ts'
import { printJsonArray } from './print-json.ts'
import { programFindings } from './program-findings.ts'
import { reportingFindings } from './reporting-findings.ts'
import { textFindings } from './text-findings.ts'
import { originsOf } from './wanted-expectations.ts'

/** Returns the exit status: 1 if there is drift, or a job that does not run. */
export function checkCrontabs(files: readonly string[], flags: CrontabCheckFlags): 0 | 1 {
  const notices = createNotices('cronitor', flags)
  const fail = (problem: string): 1 => {
    notices.warnNow(problem)
    return 1
  }
  const { crontabs, problems, skipped } = readCrontabs(files, flags)
  for (const problem of problems) notices.warnNow(problem)
  const path = flags.expectations
  const expected = path === undefined ? undefined : readExpectations(path)
  if (expected?.ok === false) return fail(expected.problem)

  const jobs = jobsOf(crontabs)
  const chosen = chosenJobs(crontabs, jobs, expected, flags)
  if (!chosen.ok) return fail(chosen.problem)
  const inQuestion = jobs.filter(chosen.isChosen)
  const findings = [
    ...skippedFindings(skipped),
    ...crontabs.flatMap(crontab => [
      ...fileFindings(crontab),
      ...inOrder([
        ...textFindings(crontab).filter(
          ({ line }) => flags.jobs === undefined || isLineOf(inQuestion, crontab, line),
        ),
        ...inQuestion.filter(job => job.crontab === crontab).flatMap(job => findingsOf(job)),
        ...reportingFindings(inQuestion.filter(job => job.crontab === crontab)),
      ]),
    ]),
    ...(path === undefined || expected === undefined
      ? []
      : expectationFindings(crontabs, jobs, path, expected.text)),
  ]
  if (flags.json) printJsonArray(findings)
  else printFindings(findings, crontabs, inQuestion)
  const isBad = findings.some(({ severity }) => severity !== 'advice')
  return isBad || problems.length > 0 ? 1 : 0
}

/** Nothing else matters if there is no such user, which textFindings says. */
function findingsOf(job: CrontabJob): CrontabFinding[] {
  const { user } = job.line
  return user !== undefined && !hasUser(user) ? [] : [...jobFindings(job), ...programFindings(job)]
}

/** By the keys that the jobs have, or that `wrap` would give them. */
function chosenJobs(
  crontabs: readonly Crontab[],
  jobs: readonly CrontabJob[],
  expected: ExpectationsText | undefined,
  flags: CrontabCheckFlags,
): ChosenJobs {
  const host = systemHostname()
  const elsewhere = keysOfOtherOrigins(expected?.ok ? expected.text : '', originsOf(crontabs))
  const keys = assignKeys(crontabs, jobs, { host, hasHost: false, elsewhere })
  return chooseJobs(
    flags.jobs,
    jobs.map(job => ({ job, key: keys.get(job) ?? monitorKeyOf(job) })),
  )
}

function isLineOf(jobs: readonly CrontabJob[], crontab: Crontab, line: number | undefined): boolean {
  return jobs.some(job => job.crontab === crontab && job.line.number === line)
}

function inOrder(findings: readonly CrontabFinding[]): CrontabFinding[] {
  return findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function printFindings(
  findings: readonly CrontabFinding[],
  crontabs: readonly Crontab[],
  jobs: readonly CrontabJob[],
): void {
  for (const { severity, source, line, message } of findings) {
    const crontab = crontabs.find(({ name }) => name === source)
    const where = crontab === undefined || line === undefined ? source : whereIs(crontab, line)
    print(`${printable(where)}: ${severity}: ${message}\n`)
  }
  const monitored = jobs.filter(({ monitor }) => isMonitored(monitor)).length
  print(`Monitored jobs: ${monitored} of ${jobs.length}\n`)
}

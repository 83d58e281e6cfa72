/** Finds out whether jobs of this user's crontab can report. */

import { execFile } from 'node:child_process'
import { isMonitored } from '../../../crontab/line-monitor.ts'
import { loadSettings } from '../../../settings/load.ts'
import type { Settings } from '../../../settings/settings.ts'
import { joinedUrls } from '../../../settings/values.ts'
import { readCrontabs } from '../../crontab/crontabs.ts'
import { accountOf, environmentOf } from '../../crontab/job-environment.ts'
import { type CrontabJob, jobsOf } from '../../crontab/jobs.ts'
import { reportingFindings } from '../../crontab/reporting-findings.ts'
import type { CronReporting, ReportingSettings } from '../checks/crontab.ts'

/** Resolves with false if crontab(1) does not end in time: the calls of `cronReporting` would wait for it. */
export function crontabAnswers(timeoutMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL' } as const
    execFile('crontab', ['-l'], options, error => resolve(!error?.killed))
  })
}

type Variables = Readonly<Record<string, string>>

/** @param cronEnv the environment that cron gives to a job of this user */
export function cronReporting(cronEnv: Variables): CronReporting {
  const { crontabs, problems } = readCrontabs([], {})
  const monitored = jobsOf(crontabs).filter(({ monitor }) => isMonitored(monitor))
  const env = ownJobEnvironment(monitored) ?? cronEnv
  const { settings } = loadSettings({ flags: {}, env })
  return {
    monitoredJobs: monitored.length,
    findings: reportingFindings(monitored).map(({ message }) => message),
    problems,
    inCron: reportingSettings(settings, env.HOME),
  }
}

export function reportingSettings(
  { key, anonymous, url }: Settings,
  home: string | undefined,
): ReportingSettings {
  const addresses = url.kind === 'usable' ? joinedUrls(url) : undefined
  return { hasKey: key !== undefined || anonymous, url: addresses, home }
}

/** Of the first job in the list that runs as this user. */
function ownJobEnvironment(jobs: readonly CrontabJob[]): Variables | undefined {
  for (const job of jobs) {
    const account = accountOf(job)
    if (account !== undefined && account.uid === process.geteuid?.()) return environmentOf(job, account)
  }
  return undefined
}

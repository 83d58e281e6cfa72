/** Whether jobs of the user's crontab report: cron starts them without the variables of a login. */

import { type CheckResult, fine, warning } from '../check-result.ts'

/** What a command has, here or as cron starts it. */
export interface ReportingSettings {
  readonly hasKey: boolean
  /** Undefined if it cannot be used. */
  readonly url: string | undefined
  readonly home: string | undefined
}

export interface CronReporting {
  readonly monitoredJobs: number
  /** What keeps monitored jobs from reporting: sentences, as of `cronitor crontab check`. */
  readonly findings: readonly string[]
  /** Crontabs that cannot be read. */
  readonly problems: readonly string[]
  /** Of the first monitored job; of a new job if there is none. */
  readonly inCron: ReportingSettings
}

export function checkCronReporting(reporting: CronReporting, here: ReportingSettings): CheckResult {
  const { monitoredJobs, findings, problems, inCron } = reporting
  const facts = { monitored_jobs: monitoredJobs, key_in_cron: inCron.hasKey, url_in_cron: inCron.url }
  const [finding, ...more] = findings
  if (finding !== undefined) {
    const rest = more.length === 0 ? '' : ` (and ${more.length} more: cronitor crontab check)`
    return warning('crontab', `${finding}${rest}`, '', facts)
  }
  const [unread] = problems
  if (unread !== undefined) return warning('crontab', unread, 'see cronitor crontab list', facts)
  if (here.hasKey && !inCron.hasKey) {
    const why =
      inCron.home === here.home
        ? 'cron does not pass on the variables of a login'
        : `HOME is ${inCron.home} there, and ${here.home} here`
    const advice = 'put the key into a file that they read: cronitor configure'
    return warning('crontab', `jobs of cron have no API key, because ${why}`, advice, facts)
  }
  if (here.url !== undefined && inCron.url !== here.url) {
    const message = `jobs of cron report to ${inCron.url ?? 'no address'}, and not to ${here.url}`
    return warning(
      'crontab',
      message,
      'put the address into the settings file: cronitor configure --url',
      facts,
    )
  }
  return monitoredJobs > 0
    ? fine(
        'crontab',
        `${monitoredJobs === 1 ? 'the monitored job reports' : `all ${monitoredJobs} monitored jobs report`}`,
        facts,
      )
    : fine('crontab', 'no job is monitored yet; cronitor crontab wrap does it', facts)
}

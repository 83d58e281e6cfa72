/** Whether wrapped jobs can report: cron starts them without the variables of a login. */

import { loadSettings } from '../../settings/load.ts'
import type { CrontabFinding } from './crontab-finding.ts'
import { accountOf, environmentOf } from './job-environment.ts'
import { type CrontabJob, monitorKeyOf } from './jobs.ts'
import { canWriteBelow } from './write-permission.ts'

/** Options of the wrapper with which it finds its key elsewhere, or needs none. */
const KEY_OPTION = /^(?:-[kpc]|--(?:ping-)?api-key|--config|--anonymous)/

/** One for all jobs of a user with the same variables. Nothing for users whose settings this user may not read. */
export function reportingFindings(jobs: readonly CrontabJob[]): CrontabFinding[] {
  const first = new Map<string, CrontabJob>()
  for (const job of jobs) {
    if (job.monitor.kind !== 'wrapped' || job.monitor.options.some(option => KEY_OPTION.test(option)))
      continue
    const group = JSON.stringify([job.crontab.name, job.user, job.line.variables])
    if (!first.has(group)) first.set(group, job)
  }
  return [...first.values()].flatMap(findingsOf)
}

function findingsOf(job: CrontabJob): CrontabFinding[] {
  const account = accountOf(job)
  const euid = process.geteuid?.() ?? 0
  if (account === undefined || (euid !== 0 && euid !== account.uid)) return []
  const { settings, warnings } = loadSettings({
    flags: {},
    env: environmentOf(job, account),
    euid: account.uid,
  })
  const place = { source: job.crontab.name, line: job.line.number, monitor: monitorKeyOf(job) }
  if (settings.key === undefined && !settings.anonymous) {
    const why = settings.isMissingKeyExplained ? warnings[0] : HOW_TO_SET
    return [
      {
        severity: 'drift',
        kind: 'no-key',
        ...place,
        message: `${account.name} has no API key in cron's environment, so nothing is reported: ${why}`,
      },
    ]
  }
  if (!settings.spool || canWriteBelow(settings.spoolDir, account)) return []
  const where = settings.spoolDir === undefined ? 'has no home folder' : `cannot create ${settings.spoolDir}`
  return [
    {
      severity: 'advice',
      kind: 'no-spool',
      ...place,
      message: `${account.name} ${where}, so events that do not arrive are lost: set CRONITOR_SPOOL_DIR in the crontab`,
    },
  ]
}

const HOW_TO_SET =
  'set CRONITOR_API_KEY_FILE in the crontab, or CRONITOR_API_KEY in /etc/cronitor/cronitor.json'

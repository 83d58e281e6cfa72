/** What is wrong with a job on this host: who monitors it, and who runs it. */

import { isMonitored } from '../../crontab/line-monitor.ts'
import { wrapLine } from '../../crontab/wrap-line.ts'
import { shownText, utf8 } from './crontab-bytes.ts'
import type { CrontabFinding } from './crontab-finding.ts'
import { searchPathOf } from './job-environment.ts'
import { type CrontabJob, monitorKeyOf } from './jobs.ts'
import { createLauncherCheck } from './launcher-check.ts'
import { foundOnPath } from './wrapper-path.ts'

export interface HostChecks {
  /** Why the job cannot run the launcher. */
  readonly launcherProblem: (job: CrontabJob, path: string) => string | undefined
  readonly findLauncher: (searchPath: string) => string | undefined
}

const HOST_CHECKS: HostChecks = {
  launcherProblem: createLauncherCheck(),
  findLauncher: foundOnPath,
}

export function jobFindings(job: CrontabJob, checks = HOST_CHECKS): CrontabFinding[] {
  const { line, crontab } = job
  const place = { source: crontab.name, line: line.number, monitor: monitorKeyOf(job) }
  if (!isMonitored(job.monitor)) {
    return [{ severity: 'drift', kind: 'unmonitored', ...place, message: whyUnmonitored(job) }]
  }
  const problem = wrapperProblem(job, checks)
  return problem === undefined
    ? []
    : [{ severity: 'drift', kind: 'wrapper', ...place, message: `the job does not run: ${problem}` }]
}

function whyUnmonitored(job: CrontabJob): string {
  const result = wrapLine(job.line, {
    dialect: job.crontab.file.dialect,
    launcher: '/usr/bin/cronitor-exec',
    options: [],
    key: 'a-key',
  })
  return result.ok
    ? 'the job is not monitored: cronitor crontab wrap changes that'
    : `the job is not monitored, and wrap leaves it: ${shownText(result.message)}`
}

/** The wrapper has been removed, or its user cannot run it any more. */
function wrapperProblem(job: CrontabJob, { launcherProblem, findLauncher }: HostChecks): string | undefined {
  if (job.monitor.kind !== 'wrapped') return undefined
  const launcher = utf8(job.monitor.launcher)
  if (launcher.startsWith('/')) return launcherProblem(job, launcher)
  const searchPath = searchPathOf(job)
  const found = findLauncher(searchPath)
  return found === undefined ? `its PATH (${searchPath}) has no ${launcher}` : launcherProblem(job, found)
}

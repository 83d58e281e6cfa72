/** The checks of this installation, and of what cron finds of it. */

import { dirname, join } from 'node:path'
import { cronEnvironment } from '../../crontab/cron-environment.ts'
import type { Environment } from '../../settings/sources.ts'
import { runtimeName } from '../../system/runtime-name.ts'
import { currentUser } from '../../system/user-account.ts'
import { VERSION } from '../../system/version.ts'
import { installedCron } from '../crontab/installed-cron.ts'
import { foundOnPath, installedWrapper, isTemporary } from '../crontab/wrapper-path.ts'
import { type CheckResult, warning } from './check-result.ts'
import { checkCronPath } from './checks/cron-path.ts'
import { checkCronReporting, type ReportingSettings } from './checks/crontab.ts'
import { checkInstallations } from './checks/installations.ts'
import { checkProgram } from './checks/program.ts'
import { cronReporting } from './probes/cron-reporting.ts'
import { findInstallations, ownFolderOf } from './probes/find-installations.ts'
import { programKind } from './probes/program-kind.ts'
import { startTrial } from './probes/start-trial.ts'

/** The environment of a job in this user's crontab, if the crontab sets no variable. */
export function environmentOfCron(env: Environment): Readonly<Record<string, string>> {
  const none = new Map<string, string>()
  const { name, home } = currentUser() ?? { name: '', home: env.HOME ?? '/' }
  const sources = { dialect: installedCron(), user: { name, home }, variables: {}, pam: none, daemon: none }
  return Object.fromEntries(cronEnvironment(sources))
}

/** @param timeoutMs how long the start of the wrapper may take */
export async function examineProgram(
  env: Environment,
  cronEnv: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<CheckResult[]> {
  const own = installedWrapper()
  const path = cronEnv.PATH ?? ''
  const trial = startTrial(own, cronEnv, timeoutMs)
  const found = foundOnPath(path)
  const folders = `${env.PATH ?? ''}:${path}:/usr/local/bin`.split(':')
  return [
    checkProgram({ version: VERSION, runtime: runtimeName(), wrapper: own, isTemporary: isTemporary(own) }),
    checkCronPath({
      path,
      own,
      found:
        found === undefined ? undefined : { path: found, kind: programKind(found, ownFolderOf(own)).kind },
      startProblem: await trial,
    }),
    checkInstallations(findInstallations(folders, own), join(dirname(own), 'cronitor')),
  ]
}

/** @param answers false if crontab(1) does not answer */
export function examineCrontab(
  answers: boolean,
  cronEnv: Readonly<Record<string, string>>,
  here: ReportingSettings,
): CheckResult {
  return answers
    ? checkCronReporting(cronReporting(cronEnv), here)
    : warning(
        'crontab',
        'crontab(1) does not answer',
        'see whether its folder is on a file system that hangs',
      )
}

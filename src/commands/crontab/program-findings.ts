/** Programs of jobs that cron does not find. */

import { accessSync, constants, statSync } from 'node:fs'
import { isBourneShell } from '../../crontab/bourne-shell.ts'
import { programsOf } from '../../crontab/program-words.ts'
import { errorCode } from '../../system/errors.ts'
import { findUser } from '../../system/user-account.ts'
import { commandNames } from '../try/command-names.ts'
import { type CommandFinding, findCommands } from '../try/find-commands.ts'
import { utf8 } from './crontab-bytes.ts'
import type { CrontabFinding } from './crontab-finding.ts'
import { searchPathOf } from './job-environment.ts'
import { type CrontabJob, monitorKeyOf, shellCommandOf } from './jobs.ts'

/** A program behind these may be meant to be missing: `test -x /usr/sbin/anacron || run-parts …`. */
const CONDITION = /&&|\|\||\b(?:if|while|until|case)\b/

const QUOTED = /'[^']*'|"(?:[^"\\]|\\[\s\S])*"/g

/** Monitors a job, also if it stands behind another program: `flock -n /tmp/x cronitor exec KEY backup`. */
const CLIENTS = ['cronitor', 'cronitor-exec']

/** The programs of the job itself, without the wrapper. */
export function programFindings(job: CrontabJob, isProgram = maybeProgram): CrontabFinding[] {
  const { line, crontab } = job
  if (!isBourneShell(line.variables.SHELL)) return []
  const command = utf8(shellCommandOf(job))
  const folder = utf8(line.variables.HOME ?? '') || findUser(utf8(job.user))?.home || '/'
  const path = searchPathOf(job)
  const here = { path: process.env.PATH ?? '', folder: process.cwd() }
  const severity = CONDITION.test(command.replace(QUOTED, '')) ? 'advice' : 'broken'
  const clients = programsOf(command).flatMap(([name = '']) => (CLIENTS.includes(name) ? [name] : []))
  const names = [...new Set([...commandNames(command), ...clients])]
  const found = findCommands(names, { job: { path, folder }, here }, isProgram)
  return found.flatMap(finding => {
    const message = messageOf(finding, path)
    return message === undefined
      ? []
      : [
          {
            severity,
            kind: 'missing-program',
            source: crontab.name,
            line: line.number,
            monitor: monitorKeyOf(job),
            message,
          },
        ]
  })
}

function messageOf(finding: CommandFinding, path: string): string | undefined {
  switch (finding.kind) {
    case 'only-here':
      return `cron does not find ${finding.name}: it is ${finding.here} here, and the job's PATH is ${path}`
    case 'nowhere':
      return `cron does not find ${finding.name}: the job's PATH is ${path}`
    case 'no-program':
      return `there is no program ${finding.name}`
    case 'another':
      return undefined
    default:
      return finding satisfies never
  }
}

/** True as well if this user may not see it: the user of the job may. */
function maybeProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch (error) {
    return errorCode(error) === 'EACCES' && !isVisible(path)
  }
}

function isVisible(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch {
    return false
  }
}

/** What `cronitor try` says about the line itself: why cron would not run it, or would do it in another way than it looks. */

import { basename } from 'node:path'
import { checkCrontab } from '../../crontab/check-crontab.ts'
import { whyFileIsIgnored } from '../../crontab/checks/check-file.ts'
import type { CrontabFile, JobLine } from '../../crontab/crontab-file.ts'
import type { CheckFacts, FindingKind } from '../../crontab/finding.ts'
import { findUser } from '../../system/user-account.ts'
import type { TryTarget } from './read-target.ts'
import { decoded } from './start-cron-job.ts'

/** They are about a wrapper that is still to come, or said by `whyFileIsIgnored`. */
const NOT_SAID: ReadonlySet<FindingKind> = new Set([
  'counts-processes',
  'own-process-group',
  'startup-file-twice',
  'broken-line',
  'unknown-user',
  'file-ignored',
])

/** Also about the variables that the lines above set for the job. */
export function remarksOnLine(file: CrontabFile, job: JobLine, { path }: TryTarget): readonly string[] {
  const facts: CheckFacts = {
    nameInCronD: path?.startsWith('/etc/cron.d/') ? basename(path) : undefined,
    isUnknownUser: user => findUser(decoded(user)) === undefined,
  }
  const ignored = whyFileIsIgnored(file, facts)
  const isAbove = (line: number) => line < job.number && file.lines[line - 1]?.kind === 'variable'
  const findings = checkCrontab(file, facts).flatMap(({ kind, line, message }) => {
    if (line === undefined || NOT_SAID.has(kind)) return []
    if (line === job.number) return [message]
    return isAbove(line) ? [`line ${line}: ${message}`] : []
  })
  return [...(ignored === undefined ? [] : [ignored]), ...findings].map(decoded)
}

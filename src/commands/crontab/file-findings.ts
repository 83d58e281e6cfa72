/** Crontabs of the system that cron does not read. */

import { lstatSync, type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { CronDialect } from '../../crontab/crontab-file.ts'
import type { CrontabFinding } from './crontab-finding.ts'
import type { Crontab } from './crontabs.ts'
import { isSystemCrontab } from './system-files.ts'

type FileFacts = Pick<Stats, 'uid' | 'mode' | 'nlink'>

/** Whether cron reads the file; other files than those of the system are read by nobody, and have no findings. */
export function fileFindings({ name, place, file }: Crontab): CrontabFinding[] {
  if (place.kind !== 'file' || !isSystemCrontab(place.path)) return []
  const problem = whyUnread(factsOf(place.path), lstatSync(place.path).uid, file.dialect)
  if (problem === undefined) return []
  return [
    {
      severity: 'broken',
      kind: 'unread-file',
      source: name,
      message: `cron does not read this file: ${problem}`,
    },
  ]
}

function factsOf(path: string): FileFacts {
  return statSync(path)
}

/**
 * The checks of `process_crontab` in Debian's cron 3.0pl1-162 and of `check_open` in cronie 1.7.2.
 *
 * @param linkOwner that of the symbolic link if it is one
 */
export function whyUnread(
  { uid, mode, nlink }: FileFacts,
  linkOwner: number,
  dialect: CronDialect,
): string | undefined {
  if (uid !== 0) return `it belongs to user ${uid}, not to root`
  switch (dialect) {
    case 'debian':
      if (linkOwner !== 0) return `the symbolic link belongs to user ${linkOwner}, not to root`
      if ((mode & 0o022) !== 0) return 'its group or everyone can write to it'
      return nlink > 1 ? `it has ${nlink} names (hard links)` : undefined
    case 'cronie':
      return (mode & 0o7533) === 0o400
        ? undefined
        : `its mode is ${(mode & 0o7777).toString(8)}, not 644 or 600`
    default:
      return dialect satisfies never
  }
}

/** Leftovers of packages and editors, which nobody expects to be read. */
const LEFTOVER = /^\.|~$|\.(?:dpkg-\w+|rpm\w+|bak|old|orig|disabled|save|swp)$/

/** @param skipped files in /etc/cron.d that cron skips because of their names */
export function skippedFindings(skipped: readonly string[]): CrontabFinding[] {
  return skipped
    .filter(path => !LEFTOVER.test(basename(path)))
    .map(path => ({
      severity: 'advice' as const,
      kind: 'skipped-file',
      source: path,
      message: 'cron does not read this file because of its name: only letters, digits, _ and - are allowed',
    }))
}

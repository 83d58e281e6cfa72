/** The crontabs of the system: /etc/crontab and the files in /etc/cron.d that cron reads. */

import { readdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isReadFromCronD } from '../../crontab/checks/check-file.ts'
import type { CronDialect } from '../../crontab/crontab-file.ts'
import { describeReadError, errorCode } from '../../system/errors.ts'

const SYSTEM_CRONTAB = '/etc/crontab'
const SYSTEM_FOLDER = '/etc/cron.d'

/** Whether a path names a crontab of the system: its lines have a column for the user. */
export function isSystemCrontab(path: string): boolean {
  const absolute = resolve(path)
  return absolute === SYSTEM_CRONTAB || dirname(absolute) === SYSTEM_FOLDER
}

export interface SystemFiles {
  readonly paths: readonly string[]
  /** Files in /etc/cron.d whose names make cron skip them. */
  readonly skipped: readonly string[]
  /** Why the folder cannot be read. */
  readonly problem?: string
}

export function systemFiles(
  dialect: CronDialect,
  list: (folder: string) => readonly string[] = listFiles,
): SystemFiles {
  try {
    const names = list(SYSTEM_FOLDER).toSorted()
    const path = (name: string) => `${SYSTEM_FOLDER}/${name}`
    return {
      paths: [SYSTEM_CRONTAB, ...names.filter(name => isReadFromCronD(name, { dialect })).map(path)],
      skipped: names.filter(name => !isReadFromCronD(name, { dialect })).map(path),
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { paths: [SYSTEM_CRONTAB], skipped: [] }
    return { paths: [SYSTEM_CRONTAB], skipped: [], problem: `${SYSTEM_FOLDER} ${describeReadError(error)}` }
  }
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => entry.name)
}

/** Lines that run all programs of a folder, such as /etc/cron.daily, by run-parts(8). */

import { accessSync, constants, readdirSync } from 'node:fs'
import { isReadFromCronD } from '../../crontab/checks/check-file.ts'
import type { CronDialect } from '../../crontab/crontab-file.ts'

/** The folders that a command gives to run-parts. */
export function runPartsFolders(shellCommand: string): string[] {
  const calls = shellCommand.matchAll(/(?:^|[\s;&|({/])run-parts((?:[ \t]+-\S+)*)[ \t]+(\/[^\s;&|(){}'"]+)/g)
  return [...calls].map(([, , folder = '']) => folder.replace(/\/+$/, ''))
}

export interface RunPartsCalls {
  readonly list: (folder: string) => readonly string[]
  readonly isExecutable: (path: string) => boolean
}

const SYSTEM: RunPartsCalls = {
  list: folder => readdirSync(folder),
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  },
}

/** The programs that run-parts runs, in its order. Its rules for names are those of cron for /etc/cron.d. */
export function programsIn(folder: string, dialect: CronDialect, { list, isExecutable } = SYSTEM): string[] {
  try {
    return list(folder)
      .filter(name => isReadFromCronD(name, { dialect }))
      .toSorted()
      .map(name => `${folder}/${name}`)
      .filter(isExecutable)
  } catch {
    return []
  }
}

/** The crontabs that a command line names, read and parsed. */

import type { CrontabFile } from '../../crontab/crontab-file.ts'
import { parseCrontab } from '../../crontab/parse-crontab.ts'
import { currentUser } from '../../system/user-account.ts'
import type { SourceFlags } from './crontab-flags.ts'
import { installedCron } from './installed-cron.ts'
import { readCrontabFile } from './read-crontab-file.ts'
import { isSystemCrontab, systemFiles } from './system-files.ts'
import { type CrontabUser, readUserCrontab } from './user-crontab.ts'

export type CrontabPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'user'; readonly user: CrontabUser }

export interface Crontab {
  /** `/etc/crontab`, or `crontab of alice`. */
  readonly name: string
  readonly place: CrontabPlace
  readonly file: CrontabFile
  /** One character stands for one byte. */
  readonly text: string
  /** The user of the jobs if there is no column for it. For a file, the user of this process is assumed. */
  readonly owner: string
}

export interface ReadCrontabs {
  readonly crontabs: readonly Crontab[]
  /** Crontabs that cannot be read: a line each. */
  readonly problems: readonly string[]
  /** True if the system's jobs are meant, and so its timers too. */
  readonly hasSystem: boolean
  /** Files in /etc/cron.d whose names make cron skip them. */
  readonly skipped: readonly string[]
}

export function readCrontabs(files: readonly string[], flags: SourceFlags): ReadCrontabs {
  const reading = startReading()
  if (files.length > 0) {
    for (const path of files) reading.addFile(path, flags.system === true || isSystemCrontab(path))
    return reading.result(false)
  }
  if (flags.user !== undefined) {
    for (const name of new Set(flags.user)) reading.addUser(name)
    return reading.result(false)
  }
  if (flags.system !== true) reading.addOwn()
  const hasSystem = flags.system === true || process.geteuid?.() === 0
  if (hasSystem) reading.addSystem()
  return reading.result(hasSystem)
}

function startReading() {
  const dialect = installedCron()
  const me = currentUser()?.name ?? String(process.geteuid?.() ?? '')
  const crontabs: Crontab[] = []
  const problems: string[] = []
  const skipped: string[] = []

  const addFile = (path: string, hasUserColumn: boolean, mayBeMissing = false) => {
    const read = readCrontabFile(path)
    if (!read.ok) {
      if (!(read.isMissing && mayBeMissing)) problems.push(`${path} ${read.problem}`)
      return
    }
    const file = parseCrontab(read.text, { dialect, hasUserColumn })
    crontabs.push({ name: path, place: { kind: 'file', path }, file, text: read.text, owner: me })
  }
  const addUser = (owner: string, isNamed: boolean) => {
    const user = owner === me ? undefined : owner
    const read = readUserCrontab(user)
    switch (read.kind) {
      case 'text':
      case 'none': {
        const text = read.kind === 'text' ? read.text : ''
        const file = parseCrontab(text, { dialect, hasUserColumn: false })
        crontabs.push({ name: `crontab of ${owner}`, place: { kind: 'user', user }, file, text, owner })
        return
      }
      case 'no-program':
        // Without it, nobody has a crontab.
        if (isNamed) problems.push(`the crontab of ${owner} cannot be read: there is no crontab(1)`)
        return
      case 'failed':
        problems.push(`the crontab of ${owner} cannot be read: ${read.problem}`)
        return
      default:
        read satisfies never
    }
  }
  return {
    addFile,
    addUser: (name: string) => addUser(name, true),
    addOwn: () => addUser(me, false),
    addSystem() {
      const system = systemFiles(dialect)
      skipped.push(...system.skipped)
      if (system.problem !== undefined) problems.push(system.problem)
      // A file of /etc/cron.d can be gone since it was listed.
      for (const path of system.paths) addFile(path, true, true)
    },
    result: (hasSystem: boolean): ReadCrontabs => ({ crontabs, problems, hasSystem, skipped }),
  }
}

/** `/etc/crontab:17`, for messages. */
export function whereIs(crontab: Crontab, line: number): string {
  return crontab.place.kind === 'file' ? `${crontab.name}:${line}` : `${crontab.name}, line ${line}`
}

/** Replaces the crontab of a user by crontab(1), which installs it as a whole. */

import { closeSync, openSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from '../../system/make-folders.ts'
import { uniqueWord } from '../../system/process-id.ts'
import { checkTrusted } from '../../system/trusted-path.ts'
import { makeBackup } from './backup.ts'
import { type Change, describeWriteError, type ReplaceResult, syncFolderNow } from './replace-file.ts'
import { type CrontabUser, readUserCrontab, writeUserCrontab } from './user-crontab.ts'
import { writePrivate } from './write-like.ts'

/** @param owner the user's name */
export function replaceUserCrontab(
  user: CrontabUser,
  owner: string,
  { before, after }: Omit<Change, 'backup'>,
  backupDir: string | undefined,
): ReplaceResult {
  if (backupDir === undefined) {
    return failed('was not written: there is no HOME for the backup; name a folder with --backup-dir')
  }
  try {
    makeFolders(backupDir)
    const trust = checkTrusted(backupDir, { euid: process.geteuid?.() ?? 0 })
    if (!trust.ok) return failed(`was not written: no backup can be kept in ${backupDir}: ${trust.problem}`)
    const bytes = Buffer.from(before, 'latin1')
    const backup = makeBackup(backupDir, owner, bytes, path => writePrivate(path, bytes))
    syncFolderNow(backupDir)
    const problem = install(user, join(backupDir, `.${owner}.${uniqueWord()}~`), before, after)
    if (problem === undefined) return { kind: 'written', backup: backup.path }
    if (problem === CHANGED) backup.discard()
    return failed(problem)
  } catch (error) {
    return failed(`was not written: no backup can be kept in ${backupDir}: ${describeWriteError(error)}`)
  }
}

const CHANGED = 'has changed meanwhile, and was not written: try again'

function install(user: CrontabUser, temporary: string, before: string, after: string): string | undefined {
  writePrivate(temporary, Buffer.from(after, 'latin1'))
  const descriptor = openSync(temporary, 'r')
  try {
    unlinkSync(temporary)
    if (textOf(user) !== before) return CHANGED
    const written = writeUserCrontab(user, descriptor)
    switch (written.kind) {
      case 'written':
        break
      case 'no-program':
        return 'was not written: there is no crontab(1)'
      case 'failed':
        return `was not written: ${written.problem}`
      default:
        return written satisfies never
    }
    // crontab(1) does not report all errors, for example of a full disk.
    return textOf(user) === after
      ? undefined
      : 'does not have the new content after crontab(1): compare it with the backup'
  } finally {
    closeSync(descriptor)
  }
}

/** Empty if there is none; undefined if it cannot be read. */
function textOf(user: CrontabUser): string | undefined {
  const read = readUserCrontab(user)
  if (read.kind === 'text') return read.text
  return read.kind === 'none' ? '' : undefined
}

function failed(problem: string): ReplaceResult {
  return { kind: 'failed', problem }
}

/** Replaces the content of a crontab file: after any interruption the file is the old or the new one. */

import { closeSync, fsyncSync, openSync, realpathSync, renameSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describeSystemError } from '../../system/describe-system-error.ts'
import { errorCode } from '../../system/errors.ts'
import { makeFolders } from '../../system/make-folders.ts'
import { uniqueWord } from '../../system/process-id.ts'
import { type Backup, makeBackup } from './backup.ts'
import { readCrontabFile } from './read-crontab-file.ts'
import { type Model, NO_LABEL, NO_OWNER, writeLike, writePrivate } from './write-like.ts'

export type ReplaceResult =
  | { readonly kind: 'written'; readonly backup: string | undefined }
  /** A sentence about the crontab, without its name. Nothing was written. */
  | { readonly kind: 'failed'; readonly problem: string }

export interface Change {
  /** One character stands for one byte. */
  readonly before: string
  readonly after: string
  readonly backup: 'beside' | 'none' | { readonly folder: string }
}

export function replaceFile(path: string, change: Change): ReplaceResult {
  try {
    return replaceTarget(path, realpathSync(path), change)
  } catch (error) {
    return { kind: 'failed', problem: `cannot be written: ${describeWriteError(error)}` }
  }
}

const CHANGED = 'has changed meanwhile, and was not written: try again'

function replaceTarget(path: string, target: string, change: Change): ReplaceResult {
  const { before, after } = change
  const original = readCrontabFile(target)
  if (!original.ok) return { kind: 'failed', problem: original.problem }
  if (original.text !== before) return { kind: 'failed', problem: CHANGED }
  const { stats } = original
  if (stats.nlink > 1) {
    // rename(2) would separate them, and Debian's cron reads no file with several names.
    return { kind: 'failed', problem: `has ${stats.nlink} names (hard links), and is not written` }
  }
  const model: Model = { path: target, stats }
  const folder = dirname(target)
  const name = basename(target)
  const temporary = join(folder, `.${name}.${uniqueWord()}~`)
  writeLike(temporary, Buffer.from(after, 'latin1'), model)
  let backup: Backup | undefined
  try {
    backup = backUp(target, model, change)
    const now = readCrontabFile(target)
    if (!now.ok || now.text !== before || now.stats.ino !== stats.ino || realpathSync(path) !== target) {
      backup?.discard()
      unlinkSync(temporary)
      return { kind: 'failed', problem: CHANGED }
    }
    renameSync(temporary, target)
  } catch (error) {
    unlinkSync(temporary)
    backup?.discard()
    throw error
  }
  syncFolderNow(folder)
  return { kind: 'written', backup: backup?.path }
}

function backUp(target: string, model: Model, { before, backup: place }: Change): Backup | undefined {
  if (place === 'none') return undefined
  const bytes = Buffer.from(before, 'latin1')
  if (place === 'beside') {
    return makeBackup(dirname(target), `.${basename(target)}`, bytes, path => writeLike(path, bytes, model))
  }
  makeFolders(place.folder)
  const name = target.slice(1).replaceAll('/', '-')
  const backup = makeBackup(place.folder, name, bytes, path => writePrivate(path, bytes))
  syncFolderNow(place.folder)
  return backup
}

/** Some file systems do not support it; this is ignored. */
export function syncFolderNow(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error
  } finally {
    closeSync(folder)
  }
}

export function describeWriteError(error: unknown): string {
  switch (errorCode(error)) {
    case 'EBUSY':
      // A file that is mounted on its own, as in a container.
      return 'it is a mount point'
    case NO_LABEL:
      return 'the label of SELinux cannot be copied with cp(1)'
    case NO_OWNER:
      return 'its owner and group cannot be kept by this user'
    default:
      return describeSystemError(error)
  }
}

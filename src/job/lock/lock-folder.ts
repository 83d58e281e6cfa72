/** The folder of the locks: each entry is a symbolic link, because symlink(2) creates it together with its text. */

import {
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { msSinceBoot } from '../../system/boot-clock.ts'
import { describeSystemError } from '../../system/describe-system-error.ts'
import { errorCode } from '../../system/errors.ts'
import { makeFolders } from '../../system/make-folders.ts'
import { checkTrusted, type Trust } from '../../system/trusted-path.ts'
import type { EntryFolder } from './lock-entries.ts'
import { type LockRecord, parseRecord, recordText } from './lock-record.ts'
import { type ProcessState, type ProcessTable, stateOfRecord } from './process-alive.ts'

/** All calls are synchronous. */
export interface LockFolder extends EntryFolder {
  names(): readonly string[]
  read(name: string): LockRecord | undefined
  add(name: string, record: LockRecord): void
  remove(name: string): void
  stateOf(name: string, record: LockRecord): ProcessState
  /** For processes that cannot see the holder. */
  touch(name: string): void
}

export function folderOfLocks(path: string, table: ProcessTable): LockFolder {
  const touch = (name: string): void => {
    try {
      // Not the wall clock, so that a change of it makes no entry older.
      const seconds = msSinceBoot() / 1000
      lutimesSync(join(path, name), seconds, seconds)
    } catch {
      // A time stamp is only needed by other containers.
    }
  }
  return {
    names: () => readdirSync(path),
    read(name) {
      try {
        return parseRecord(readlinkSync(join(path, name)))
      } catch (error) {
        // EINVAL: not a symbolic link.
        if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EINVAL') return undefined
        throw error
      }
    },
    add(name, record) {
      symlinkSync(recordText(record), join(path, name))
      touch(name)
    },
    remove(name) {
      try {
        unlinkSync(join(path, name))
      } catch {
        // It is gone, or belongs to another user in a sticky folder. Entries of dead runs do not count anyway.
      }
    },
    stateOf: (name, record) => stateOfRecord(record, table, () => untouchedMs(join(path, name), record)),
    touch,
  }
}

function untouchedMs(path: string, { since }: LockRecord): number {
  const now = msSinceBoot()
  const touched = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  // The time is that of the wall clock if the run was killed before its first touch.
  return now - (touched <= now ? touched : since)
}

export type OpenedLockFolder =
  | { readonly ok: true; readonly path: string }
  /** `problem` is the end of a sentence. */
  | { readonly ok: false; readonly problem: string }

/**
 * Makes the folder with mode 0700 if it is missing. Refuses one in which others could remove or replace this user's entries: it,
 * and the folders above it, must belong to the user or root, and be closed to others or sticky.
 */
export function openLockFolder(path: string, euid: number): OpenedLockFolder {
  // In the folder, so that the folder itself may be sticky.
  const check = (): Trust => checkTrusted(join(path, 'entry'), { euid })
  const trust = check()
  if (!trust.ok && trust.why === 'refused') return refused(trust.problem)
  try {
    makeRunLock(path)
    makeFolders(path)
    if (!statSync(path).isDirectory()) return refused(`${path} is not a folder`)
  } catch (error) {
    return refused(`${path} cannot be made: ${describeSystemError(error)}`)
  }
  const made = check()
  return !made.ok && made.why === 'refused' ? refused(made.problem) : { ok: true, path }
}

/** The parent of root's folder. All users must be able to enter it (Filesystem Hierarchy Standard, /run). */
const RUN_LOCK = '/run/lock'

function makeRunLock(path: string): void {
  if (dirname(path) !== RUN_LOCK || statSync(RUN_LOCK, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(RUN_LOCK, { mode: 0o755 })
}

function refused(problem: string): OpenedLockFolder {
  return { ok: false, problem }
}

/** Finds out why nothing can be written to a data folder. */

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { describeSystemError } from '../../../system/describe-system-error.ts'
import { errorMessage } from '../../../system/error-message.ts'
import { errorCode } from '../../../system/errors.ts'

/** As much as SQLite needs to open its files: an index of the log takes 32 KiB. */
const PROBE_BYTES = 64 * 1024

/**
 * Writes a file, and removes it. SQLite's errors do not tell a used-up quota or a read-only file system from a broken
 * disk; those of the system do. Returns the end of a sentence, such as `the disk is full`; undefined if the folder and
 * the files of the database can be written.
 */
export function whyNotWritable(folder: string): string | undefined {
  const path = `${folder}/cronitor.probe-${process.pid}`
  try {
    for (const name of ['cronitor.db', 'cronitor.db-wal', 'cronitor.db-shm']) {
      const file = `${folder}/${name}`
      if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
    }
    writeAndRemove(path)
    return undefined
  } catch (error) {
    return describeSystemError(error)
  }
}

function writeAndRemove(path: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    const bytes = Buffer.alloc(PROBE_BYTES, 1)
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(file, bytes, written)
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
    unlinkSync(path)
  }
}

/** All connections of a process share one view of a log: once opened without the right to write, it stays so. */
const READ_ONLY_LOG = 'the database was opened while it could not be written: restart the server'

/** Why a write failed, if something outside of the program is the cause; undefined for any other error. */
export function notWritableReason(error: unknown, folder: string): string | undefined {
  const code = errorCode(error) ?? ''
  if (code === 'SQLITE_FULL') return 'the disk is full'
  if (/^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EIO)$/.test(code)) return describeSystemError(error)
  if (code.startsWith('SQLITE_IOERR')) return whyNotWritable(folder) ?? errorMessage(error)
  if (code.startsWith('SQLITE_READONLY')) return whyNotWritable(folder) ?? READ_ONLY_LOG
  // SQLite could not create the log, for example because there is no free inode.
  return code.startsWith('SQLITE_CANTOPEN') ? whyNotWritable(folder) : undefined
}

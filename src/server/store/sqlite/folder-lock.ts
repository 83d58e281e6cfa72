/**
 * Locks a data folder, so that only one server uses it. The lock is an open transaction on a second, small database.
 * The kernel releases it when the process ends, for whatever reason. The events' database has no such lock, so that
 * `sqlite3` and backups can read it.
 */

import { accessSync, constants, existsSync, truncateSync } from 'node:fs'
import { describeSystemError } from '../../../system/describe-system-error.ts'
import { errorMessage } from '../../../system/error-message.ts'
import { errorCode } from '../../../system/errors.ts'
import { NotWritableError, StoreError } from '../store-error.ts'
import { notWritableReason } from './not-writable.ts'
import { createPrivateFile } from './private-file.ts'
import { checkRegularFile } from './regular-file.ts'
import type { OpenSqlite, Sqlite } from './sqlite.ts'

/** A second server that reads the holder's process id delays the commit for a moment. */
const BUSY_TIMEOUT_MS = 1000

export interface FolderLock {
  readonly release: () => void
}

/**
 * Throws a StoreError if another process, or another store in this process, holds the lock, or if the lock's file cannot
 * be used; a NotWritableError if it cannot be created, for example because the disk is full.
 */
export function lockFolder(open: OpenSqlite, folder: string, pid = process.pid): FolderLock {
  const file = `${folder}/cronitor.lock`
  checkRegularFile(file, 'refuse')
  makeAccessible(file)
  const db = openAndLock(open, folder, pid)
  return {
    release: () => {
      db.exec('ROLLBACK')
      db.close()
    },
  }
}

function makeAccessible(file: string): void {
  try {
    createPrivateFile(file)
    accessSync(file, constants.R_OK | constants.W_OK)
  } catch (error) {
    if (errorCode(error) !== 'EACCES' || !existsSync(file)) {
      throw new NotWritableError(describeSystemError(error))
    }
    throw new StoreError(
      `cannot open ${file}: permission denied: give the user who runs the server read and write permission (chmod 600)`,
    )
  }
}

function openAndLock(open: OpenSqlite, folder: string, pid: number): Sqlite {
  const file = `${folder}/cronitor.lock`
  try {
    try {
      return openLocked(open, folder, pid)
    } catch (error) {
      if (!/^SQLITE_(NOTADB|CORRUPT|READONLY)/.test(errorCode(error) ?? '')) throw error
      makeEmpty(open, folder)
      return openLocked(open, folder, pid)
    }
  } catch (error) {
    if (error instanceof StoreError) throw error
    const reason = notWritableReason(error, folder)
    if (reason !== undefined) throw new NotWritableError(reason)
    throw new StoreError(
      `cannot lock ${file}: ${errorMessage(error)}: make sure that no server uses the folder, then move the file away`,
    )
  }
}

/** All statements run by exec(): libsql would keep the file open until a prepared one is garbage-collected. */
function openLocked(open: OpenSqlite, folder: string, pid: number): Sqlite {
  const db = open(`${folder}/cronitor.lock`, BUSY_TIMEOUT_MS)
  try {
    // A journal on disk needs room, but the lock must be possible on a full disk too. Damage is repaired by makeEmpty().
    db.exec('PRAGMA journal_mode = MEMORY')
    db.exec('BEGIN IMMEDIATE')
    notePid(db, pid)
    // This transaction is the lock. Others can still read.
    db.exec('BEGIN IMMEDIATE')
    return db
  } catch (error) {
    const holder = holderOf(db)
    db.close()
    if (errorCode(error) !== 'SQLITE_BUSY') throw error
    throw new StoreError(
      `another server${holder} uses ${folder}: stop it first, or give this one another --data-dir`,
    )
  }
}

/** Ends the transaction. The process id is for messages only: on a full disk, the lock does without it. */
function notePid(db: Sqlite, pid: number): void {
  try {
    db.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL) STRICT')
    db.exec(`DELETE FROM holder; INSERT INTO holder (pid) VALUES (${pid})`)
    db.exec('COMMIT')
  } catch (error) {
    try {
      db.exec('ROLLBACK')
    } catch {
      // SQLite has already rolled back.
    }
    if (/^SQLITE_(NOTADB|CORRUPT)/.test(errorCode(error) ?? '')) throw error
  }
}

/**
 * Repairs a lock whose content is no database. The content does not matter, but the file must stay the same one: a
 * server that holds the lock has locked this inode, which another process's truncation does not unlock. Of two servers
 * that do this at the same time, one then gets the lock. If the file was exchanged for another one, the holder's lock is
 * on the old inode: such a holder has the events' database open, which the second check finds.
 */
function makeEmpty(open: OpenSqlite, folder: string): void {
  const file = `${folder}/cronitor.lock`
  if (isOpenElsewhere(open, `${folder}/cronitor.db`)) {
    throw new StoreError(
      `${file} is damaged, and another program, perhaps a server, uses ${folder}/cronitor.db: stop it, then start again`,
    )
  }
  truncateSync(file)
}

/** Each program that has a database in WAL mode open holds a shared lock on its file. */
function isOpenElsewhere(open: OpenSqlite, file: string): boolean {
  if (!existsSync(file)) return false
  const db = open(file, 0)
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    db.exec('BEGIN; SELECT name FROM sqlite_schema LIMIT 1; ROLLBACK')
    return false
  } catch (error) {
    return (errorCode(error) ?? '').startsWith('SQLITE_BUSY')
  } finally {
    db.close()
  }
}

/** Empty if it cannot be read. */
function holderOf(db: Sqlite): string {
  try {
    const row = db.prepare<{ readonly pid: number }>('SELECT pid FROM holder').get()
    return row === undefined ? '' : ` (process ${row.pid})`
  } catch {
    return ''
  }
}

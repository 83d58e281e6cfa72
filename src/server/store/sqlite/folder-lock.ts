/**
 * Locks a data folder, so that only one server uses it. The lock is an open transaction on a second, small database.
 * The kernel releases it when the process ends, for whatever reason. The events' database has no such lock, so that
 * `sqlite3` and backups can read it.
 */

import { errorCode } from '../../../system/errors.ts'
import { loadSqlite, type OpenSqlite } from './load-sqlite.ts'
import { createPrivateFile } from './private-file.ts'
import type { Sqlite } from './sqlite.ts'
import { StoreError } from './store-error.ts'

/** A second server that reads the holder's process id delays the commit for a moment. */
const BUSY_TIMEOUT_MS = 1000

export interface FolderLock {
  readonly release: () => void
}

/** Rejects with a StoreError if another process, or another store in this process, holds the lock. */
export async function lockFolder(folder: string, pid = process.pid): Promise<FolderLock> {
  const open = await loadSqlite()
  const file = `${folder}/cronitor.lock`
  createPrivateFile(file)
  const db = openLock(open, file)
  try {
    db.exec('BEGIN IMMEDIATE')
    db.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL) STRICT')
    db.exec('DELETE FROM holder')
    db.prepare('INSERT INTO holder (pid) VALUES (?)').run(pid)
    db.exec('COMMIT')
    // This transaction is the lock. Others can still read.
    db.exec('BEGIN IMMEDIATE')
  } catch (error) {
    const holder = holderOf(db)
    db.close()
    if (errorCode(error) !== 'SQLITE_BUSY')
      throw new StoreError(`cannot lock ${file}: ${error instanceof Error ? error.message : error}`)
    throw new StoreError(
      `another server${holder} uses ${folder}: stop it first, or give this one another --data-dir`,
    )
  }
  return {
    release: () => {
      // libsql closes the file only after garbage collection of its statements; until then the transaction would last.
      db.exec('ROLLBACK')
      db.close()
    },
  }
}

function openLock(open: OpenSqlite, file: string): Sqlite {
  try {
    return open(file, BUSY_TIMEOUT_MS)
  } catch (error) {
    throw new StoreError(`cannot open ${file}: ${error instanceof Error ? error.message : error}`)
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

/**
 * One server to a data folder. The lock is an open transaction on a small database of its own, which the kernel ends
 * with the process, however that ends; so the events' database stays open to readers such as `sqlite3` and backups.
 */

import { errorCode } from '../../../system/errors.ts'
import { loadSqlite, type OpenSqlite } from './load-sqlite.ts'
import { createPrivateFile } from './private-file.ts'
import type { Sqlite } from './sqlite.ts'
import { StoreError } from './store-error.ts'

/** Long enough for another one's look at the process id, which holds up a commit. */
const BUSY_TIMEOUT_MS = 1000

export interface FolderLock {
  readonly release: () => void
}

/** Rejects with a StoreError where another process, or another store of this one, has it. */
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
    // This is the lock. It leaves others the reading.
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
      // libsql closes once the last statement was collected, and the transaction would last as long.
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

function holderOf(db: Sqlite): string {
  try {
    const row = db.prepare<{ readonly pid: number }>('SELECT pid FROM holder').get()
    return row === undefined ? '' : ` (process ${row.pid})`
  } catch {
    return ''
  }
}

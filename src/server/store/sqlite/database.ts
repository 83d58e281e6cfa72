/** Opens the database, and creates or migrates its tables. */

import { errorCode } from '../../../system/errors.ts'
import { loadSqlite } from './load-sqlite.ts'
import { createPrivateFile } from './private-file.ts'
import { migrate, SCHEMA_VERSION } from './schema.ts'
import { pragmaNumber, type Sqlite } from './sqlite.ts'
import { StoreError } from './store-error.ts'

/** How long a commit waits for another program's write lock. Readers take no lock that a commit waits for. */
const BUSY_TIMEOUT_MS = 5000

export function databaseFile(dataDir: string): string {
  return `${dataDir}/cronitor.db`
}

/** Runs `work`, which throws SQLITE_BUSY at once if another program holds the write lock. */
export function withoutWaiting<Result>(db: Sqlite, work: () => Result): Result {
  pragmaNumber(db, 'busy_timeout = 0')
  try {
    return work()
  } finally {
    pragmaNumber(db, `busy_timeout = ${BUSY_TIMEOUT_MS}`)
  }
}

const DAMAGED =
  'is damaged, or not a database of cronitor serve; it was not changed: restore it from a backup, or move it away to start with an empty one'

/** Up to this size the whole database is checked at the start, which takes about 0.1 s. */
const MAX_CHECKED_BYTES = 64 * 1024 * 1024

/** Series are random, so each new one changes a random page of their index. */
const CACHE_KIB = 16 * 1024

/** For slices of tables that are read in their order. */
const READER_CACHE_KIB = 4 * 1024

/** A commit writes whole pages: with half of SQLite's default size, a sixth more events a second are stored. */
const PAGE_BYTES = 2048

/** A log of 16 MiB, so that a page that changes often is copied to the database once. */
const CHECKPOINT_PAGES = 8192

/**
 * `file`: a path, or `:memory:`. Rejects with a StoreError, without a change to the file, if it cannot be opened, is
 * damaged or has a newer version.
 */
export async function openDatabase(file: string): Promise<Sqlite> {
  const open = await loadSqlite()
  let db: Sqlite | undefined
  try {
    if (file !== ':memory:') createPrivateFile(file)
    db = open(file, BUSY_TIMEOUT_MS)
    const problem = prepare(db)
    if (problem === undefined) return db
    throw new StoreError(`${file} ${problem}`)
  } catch (error) {
    db?.close()
    throw error instanceof StoreError ? error : new StoreError(`${file} ${problemOf(error)}`)
  }
}

/**
 * A second connection, for reads alone, to a database that is open. In WAL mode, neither waits for the other
 * (https://sqlite.org/wal.html).
 */
export async function openForReading(file: string): Promise<Sqlite> {
  const open = await loadSqlite()
  const db = open(file, BUSY_TIMEOUT_MS)
  db.prepare('PRAGMA query_only = ON').all()
  db.prepare(`PRAGMA cache_size = ${-READER_CACHE_KIB}`).all()
  return db
}

function prepare(db: Sqlite): string | undefined {
  // These two have no effect on a database that has tables.
  db.prepare(`PRAGMA page_size = ${PAGE_BYTES}`).all()
  db.prepare('PRAGMA auto_vacuum = INCREMENTAL').all()
  db.prepare('PRAGMA journal_mode = WAL').all()
  // In WAL mode, FULL syncs the log at each commit (https://sqlite.org/pragma.html#pragma_synchronous).
  db.prepare('PRAGMA synchronous = FULL').all()
  db.prepare(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`).all()
  db.prepare(`PRAGMA cache_size = ${-CACHE_KIB}`).all()
  if (!isSound(db)) return DAMAGED
  const migrated = migrate(db)
  switch (migrated.kind) {
    case 'ready':
      return undefined
    case 'newer':
      return `has version ${migrated.version}, and this program supports versions up to ${SCHEMA_VERSION}: use a newer cronitor, or another --data-dir`
  }
}

/** Damage in a larger database makes the call fail that reads the damaged page. */
function isSound(db: Sqlite): boolean {
  const pages = pragmaNumber(db, 'page_count')
  if (pages * pragmaNumber(db, 'page_size') > MAX_CHECKED_BYTES) return true
  const [first] = db.prepare<{ readonly quick_check: string }>('PRAGMA quick_check(1)').all()
  return first?.quick_check === 'ok'
}

function problemOf(error: unknown): string {
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error) ?? '')) {
    return DAMAGED
  }
  return `cannot be opened: ${error instanceof Error ? error.message : String(error)}`
}

/** Opens the database, and creates or migrates its tables. */

import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from '../../../system/errors.ts'
import { NotWritableError, StoreError } from '../store-error.ts'
import { loadSqlite } from './load-sqlite.ts'
import { notWritableReason } from './not-writable.ts'
import { createPrivateFile } from './private-file.ts'
import { checkRegularFile } from './regular-file.ts'
import { migrate, SCHEMA_VERSION } from './schema.ts'
import { type OpenSqlite, pragmaNumber, type Sqlite } from './sqlite.ts'

/** How long a commit waits for another program's write lock. Readers take no lock that a commit waits for. */
export const BUSY_TIMEOUT_MS = 5000

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

export const DAMAGED =
  'is damaged, or not a database of cronitor serve; it was not changed: restore it from a backup, or move it away to start with an empty one'

/** Up to this size the whole database is checked at the start, which takes about 0.1 s. */
const MAX_CHECKED_BYTES = 64 * 1024 * 1024

/** Series are random, so each new one changes a random page of their index. */
export const CACHE_KIB = 16 * 1024

/** For slices of tables that are read in their order. */
const READER_CACHE_KIB = 4 * 1024

/** A commit writes whole pages: with half of SQLite's default size, a sixth more events a second are stored. */
const PAGE_BYTES = 2048

/** A log of 16 MiB, so that a page that changes often is copied to the database once. */
const CHECKPOINT_PAGES = 8192

/** `file`: a path, or `:memory:`. Rejects as openDatabaseWith() throws. */
export async function openDatabase(file: string): Promise<Sqlite> {
  return openDatabaseWith(await loadSqlite(), file)
}

/**
 * Throws a StoreError, without a change to the file, if it cannot be opened, is damaged or has a newer version; a
 * NotWritableError if it cannot be created, opened or migrated for a reason such as a full disk.
 */
export function openDatabaseWith(open: OpenSqlite, file: string): Sqlite {
  let db: Sqlite | undefined
  try {
    if (file !== ':memory:') {
      checkFiles(file)
      createPrivateFile(file)
    }
    db = open(file, BUSY_TIMEOUT_MS)
    const problem = prepare(db)
    if (problem === undefined) return db
    throw new StoreError(`${file} ${problem}`)
  } catch (error) {
    db?.close()
    if (error instanceof StoreError) throw error
    const reason = notWritableReason(error, dirname(file))
    throw reason === undefined ? new StoreError(`${file} ${problemOf(error)}`) : new NotWritableError(reason)
  }
}

/** In bytes; 0 if it does not exist. */
export function fileSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * Throws a StoreError for a directory in the place of a file and the like, and for an empty database with a log: SQLite
 * would delete that log, and with it the events that are only there.
 */
export function checkFiles(file: string): void {
  checkRegularFile(file, 'follow')
  for (const suffix of ['-wal', '-shm']) checkRegularFile(`${file}${suffix}`, 'refuse')
  if (fileSize(file) === 0 && fileSize(`${file}-wal`) > 0) {
    throw new StoreError(`${file} is empty, but its log ${file}-wal is not, so the database ${DAMAGED}`)
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
  // With tables, the first one has no effect, and the second one would write to a database of a newer version.
  if (pragmaNumber(db, 'page_count') === 0) {
    db.prepare(`PRAGMA page_size = ${PAGE_BYTES}`).all()
    db.prepare('PRAGMA auto_vacuum = INCREMENTAL').all()
  }
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
      return newerProblem(migrated.version)
  }
}

export function newerProblem(version: number): string {
  return `has version ${version}, and this program supports versions up to ${SCHEMA_VERSION}: use a newer cronitor, or another --data-dir`
}

/** Damage in a larger database makes the call fail that reads the damaged page. */
export function isSound(db: Sqlite): boolean {
  const pages = pragmaNumber(db, 'page_count')
  if (pages * pragmaNumber(db, 'page_size') > MAX_CHECKED_BYTES) return true
  const [first] = db.prepare<{ readonly quick_check: string }>('PRAGMA quick_check(1)').all()
  return first?.quick_check === 'ok'
}

export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error) ?? '')
}

function problemOf(error: unknown): string {
  if (isDamage(error)) return DAMAGED
  return `cannot be opened: ${error instanceof Error ? error.message : String(error)}`
}

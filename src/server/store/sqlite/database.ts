/** Opens the database, and makes its tables or brings them up to date. */

import { errorCode } from '../../../system/errors.ts'
import { loadSqlite } from './load-sqlite.ts'
import { createPrivateFile } from './private-file.ts'
import { migrate, SCHEMA_VERSION } from './schema.ts'
import { pragmaNumber, type Sqlite } from './sqlite.ts'
import { StoreError } from './store-error.ts'

/** How long one who writes there with another program may hold up a commit; readers hold up nothing. */
const BUSY_TIMEOUT_MS = 5000

/** `work` throws SQLITE_BUSY at once where another program writes. */
export function withoutWaiting<Result>(db: Sqlite, work: () => Result): Result {
  pragmaNumber(db, 'busy_timeout = 0')
  try {
    return work()
  } finally {
    pragmaNumber(db, `busy_timeout = ${BUSY_TIMEOUT_MS}`)
  }
}

const DAMAGED =
  'is damaged, or no database of cronitor: it was left as it is; restore it from a backup, or move it away to begin anew'

/** Up to this size all of a database is looked at, which takes a tenth of a second or so. */
const LARGEST_CHECKED = 64 * 1024 * 1024

/** Series are random, so storing one touches pages all over their index. */
const CACHE_KIB = 16 * 1024

/** Each such page is written whole at a commit: half of SQLite's usual size lets a sixth more events through. */
const PAGE_BYTES = 2048

/** A log of 16 MiB, so that a page that is written again and again goes to the database once. */
const CHECKPOINT_PAGES = 8192

/**
 * `file`: a path, or `:memory:`. Rejects with a StoreError where it cannot be opened, is damaged or of a newer version;
 * then it was left as it is.
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

function prepare(db: Sqlite): string | undefined {
  // The first two have an effect on a database without tables alone.
  db.prepare(`PRAGMA page_size = ${PAGE_BYTES}`).all()
  db.prepare('PRAGMA auto_vacuum = INCREMENTAL').all()
  db.prepare('PRAGMA journal_mode = WAL').all()
  // In WAL mode: the log is synced at each commit (https://sqlite.org/pragma.html#pragma_synchronous).
  db.prepare('PRAGMA synchronous = FULL').all()
  db.prepare(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`).all()
  db.prepare(`PRAGMA cache_size = ${-CACHE_KIB}`).all()
  if (!isSound(db)) return DAMAGED
  const migrated = migrate(db)
  switch (migrated.kind) {
    case 'ready':
      return undefined
    case 'newer':
      return `is of version ${migrated.version}, and this program knows versions up to ${SCHEMA_VERSION}: use the newer program, or another --data-dir`
  }
}

/** A larger one that is damaged is found out where the damage is read: a call then fails, and says so. */
function isSound(db: Sqlite): boolean {
  const pages = pragmaNumber(db, 'page_count')
  if (pages * pragmaNumber(db, 'page_size') > LARGEST_CHECKED) return true
  const [first] = db.prepare<{ readonly quick_check: string }>('PRAGMA quick_check(1)').all()
  return first?.quick_check === 'ok'
}

function problemOf(error: unknown): string {
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error) ?? '')) {
    return DAMAGED
  }
  return `cannot be opened: ${error instanceof Error ? error.message : String(error)}`
}

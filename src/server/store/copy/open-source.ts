/** Opens a data folder for copying it. Nothing in it changes but its lock. */

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { errorMessage } from '../../../system/error-message.ts'
import {
  BUSY_TIMEOUT_MS,
  checkFiles,
  DAMAGED,
  databaseFile,
  fileSize,
  isDamage,
  isSound,
  newerProblem,
} from '../sqlite/database.ts'
import { type FolderLock, lockFolder } from '../sqlite/folder-lock.ts'
import { SCHEMA_VERSION } from '../sqlite/schema.ts'
import { createLastIdReader, type OpenSqlite, pragmaNumber, type Sqlite } from '../sqlite/sqlite.ts'
import { StoreError } from '../store-error.ts'
import type { SourceRow } from './copied-rows.ts'
import type { CopiedTable } from './copied-tables.ts'

export interface CopySource {
  /** Rows of a table with a key above `after` (undefined: all), at most `limit`. Throws a StoreError. */
  readonly rows: (table: CopiedTable, after: number | string | undefined, limit: number) => SourceRow[]
  /** The smallest and the largest id of a table that has ids; 1 and 0 if it is empty. */
  readonly bounds: (table: CopiedTable) => { readonly first: number; readonly last: number }
  /** The ids that were given last, also to rows that are pruned. */
  readonly lastIds: {
    readonly event: number
    readonly change: number
    readonly run: number
    readonly monitor: number
  }
  /** The same for the same state of the same store. */
  readonly fingerprint: string
  readonly close: () => void
}

/**
 * Throws a StoreError if there is no store, a server uses it, it is damaged, or is not as a server of this version leaves it
 * at its end.
 */
export function openSource(open: OpenSqlite, dataDir: string): CopySource {
  const file = databaseFile(dataDir)
  if (!existsSync(file)) throw new StoreError(`${file} does not exist`)
  const lock = lockFolder(open, dataDir)
  try {
    return readable(openUnchanged(open, file, dataDir), file, lock)
  } catch (error) {
    lock.release()
    throw asStoreError(error, file)
  }
}

/** Without its log, SQLite needs neither a lock nor other files for a database that nobody changes. */
function openUnchanged(open: OpenSqlite, file: string, dataDir: string): Sqlite {
  const finish = `start cronitor serve --data-dir ${dataDir}, and stop it again`
  checkFiles(file)
  if (fileSize(`${file}-wal`) > 0) throw new StoreError(`${file} was not closed by its server: ${finish}`)
  const db = open(`${pathToFileURL(file)}?immutable=1`, BUSY_TIMEOUT_MS)
  try {
    if (!isSound(db)) throw new StoreError(`${file} ${DAMAGED}`)
    const version = pragmaNumber(db, 'user_version')
    if (version > SCHEMA_VERSION) throw new StoreError(`${file} ${newerProblem(version)}`)
    if (version < SCHEMA_VERSION) throw new StoreError(`${file} is of an older version: ${finish}`)
    const [written] = db
      .prepare<{ readonly id: number }>("SELECT id FROM cursor WHERE name = 'derived'")
      .all()
    if ((written?.id ?? 0) < createLastIdReader(db, 'event')()) {
      throw new StoreError(`${file} was not closed by its server: ${finish}`)
    }
    db.exec(RUN_OF_EVENT)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** A table of this connection, in a temporary file. Each event starts or ends one run at most. */
const RUN_OF_EVENT = `
  CREATE TEMP TABLE run_of_event (event INTEGER PRIMARY KEY, run INTEGER NOT NULL);
  INSERT OR IGNORE INTO temp.run_of_event SELECT start_event, id FROM run WHERE start_event IS NOT NULL ORDER BY start_event;
  INSERT OR IGNORE INTO temp.run_of_event SELECT end_event, id FROM run WHERE end_event IS NOT NULL ORDER BY end_event;
`

function readable(db: Sqlite, file: string, lock: FolderLock): CopySource {
  const lastId = (table: string) => createLastIdReader(db, table)()
  const guarded = <Result>(read: () => Result): Result => {
    try {
      return read()
    } catch (error) {
      throw asStoreError(error, file)
    }
  }
  const selects = new Map<string, ReturnType<typeof db.prepare<SourceRow>>>()
  return {
    rows: ({ name, columns, select }, after, limit) =>
      guarded(() => {
        const statement = selects.get(name) ?? db.prepare<SourceRow>(select)
        selects.set(name, statement)
        const first = columns[0]?.[1] === 'text' ? '' : Number.MIN_SAFE_INTEGER
        return statement.all(after ?? first, limit)
      }),
    bounds: ({ name }) =>
      guarded(() => {
        const [bounds] = db
          .prepare<{ readonly first: number; readonly last: number }>(
            `SELECT COALESCE((SELECT MIN(id) FROM ${name}), 1) AS first, COALESCE((SELECT MAX(id) FROM ${name}), 0) AS last`,
          )
          .all()
        return bounds ?? { first: 1, last: 0 }
      }),
    lastIds: {
      event: lastId('event'),
      change: lastId('change'),
      run: lastId('run'),
      monitor: lastId('monitor'),
    },
    fingerprint: fingerprintOf(db),
    close: () => {
      db.close()
      lock.release()
    },
  }
}

function fingerprintOf(db: Sqlite): string {
  const ids = db.prepare('SELECT name, seq FROM sqlite_sequence ORDER BY name').all()
  const [first] = db.prepare('SELECT id, monitor, received_at FROM event ORDER BY id LIMIT 1').all()
  return createHash('sha256')
    .update(JSON.stringify([ids, first]))
    .digest('hex')
}

function asStoreError(error: unknown, file: string): unknown {
  if (isDamage(error)) return new StoreError(`${file} ${DAMAGED}`)
  if (error instanceof StoreError) return error
  return new StoreError(`cannot read ${file}: ${errorMessage(error)}`)
}

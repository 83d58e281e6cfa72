/** Opens the database for reading only, if nothing can be written. */

import { pathToFileURL } from 'node:url'
import { StoreError } from '../store-error.ts'
import {
  BUSY_TIMEOUT_MS,
  CACHE_KIB,
  checkFiles,
  DAMAGED,
  fileSize,
  isDamage,
  isSound,
  newerProblem,
} from './database.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { type OpenSqlite, pragmaNumber, type Sqlite } from './sqlite.ts'

/**
 * In WAL mode a reader too needs the log and its index, `-wal` and `-shm`, and creates them. If there is no log, the
 * file is opened as immutable: SQLite then needs neither. If there is one, after a crash, it has events that the database
 * lacks. It can be read if the crash has left the index as well (https://sqlite.org/wal.html#readonly).
 *
 * `reason` says why nothing can be written. Throws a StoreError.
 */
export function openDatabaseToRead(open: OpenSqlite, file: string, reason: string): Sqlite {
  const advice = `${reason}: free space, or make the folder writable, and start again`
  checkFiles(file)
  if (fileSize(file) === 0) throw new StoreError(`cannot create ${file}: ${advice}`)
  const hasLog = fileSize(`${file}-wal`) > 0
  let db: Sqlite | undefined
  try {
    db = open(hasLog ? file : `${pathToFileURL(file)}?immutable=1`, BUSY_TIMEOUT_MS)
    // Not a prepared statement: it would keep the file open, and its locks, until it is garbage-collected.
    db.exec('SELECT name FROM sqlite_schema LIMIT 1')
    const problem = problemOf(db, advice)
    if (problem === undefined) return db
    throw new StoreError(`${file} ${problem}`)
  } catch (error) {
    db?.close()
    if (error instanceof StoreError) throw error
    if (isDamage(error)) throw new StoreError(`${file} ${DAMAGED}`)
    throw new StoreError(`cannot read ${file}${hasLog ? ' and its log' : ''} while ${advice}`)
  }
}

function problemOf(db: Sqlite, advice: string): string | undefined {
  db.exec(`PRAGMA cache_size = ${-CACHE_KIB}`)
  if (!isSound(db)) return DAMAGED
  const version = pragmaNumber(db, 'user_version')
  if (version > SCHEMA_VERSION) return newerProblem(version)
  if (version === SCHEMA_VERSION) return undefined
  return `has version ${version}, and cannot be changed to version ${SCHEMA_VERSION} while ${advice}`
}

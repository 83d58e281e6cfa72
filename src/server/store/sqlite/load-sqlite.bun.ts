/** Opens databases with the SQLite that the executable contains. */

import { constants, Database } from 'bun:sqlite'
import type { OpenSqlite, Sqlite, Statement } from './sqlite.ts'

const FLAGS = constants.SQLITE_OPEN_READWRITE | constants.SQLITE_OPEN_CREATE | constants.SQLITE_OPEN_URI

export async function loadSqlite(): Promise<OpenSqlite> {
  return open
}

function open(file: string, timeoutMs: number): Sqlite {
  const db = new Database(file, FLAGS)
  db.run(`PRAGMA busy_timeout = ${timeoutMs}`)
  // One for each text, so that all can be finalized: with an open statement, close() would keep the file and its locks.
  const statements = new Map<string, Statement<unknown>>()
  const prepared: { finalize: () => void }[] = []
  const create = (sql: string): Statement<unknown> => {
    const statement = db.prepare(sql)
    prepared.push(statement)
    return {
      run: (...values) => statement.run(...values),
      // Bun gives null if there is no row.
      get: (...values) => statement.get(...values) ?? undefined,
      all: (...values) => statement.all(...values),
    }
  }
  return {
    exec: sql => void db.run(sql),
    prepare: <Row>(sql: string) => {
      const statement = statements.get(sql) ?? create(sql)
      statements.set(sql, statement)
      // `Row` is the caller's word for what the statement selects.
      return statement as Statement<Row>
    },
    close: () => {
      for (const statement of prepared) statement.finalize()
      db.close(true)
    },
  }
}

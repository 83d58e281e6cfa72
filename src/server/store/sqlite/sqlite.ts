/** What the store asks of a database: a part of libsql's interface, with types of its own. */

/** Nothing else may be bound: libsql ends the process where it is given a value that SQLite has no form for. */
export type Value = string | number | null

export interface Statement<Row> {
  readonly run: (...values: Value[] | [Value[]]) => {
    readonly changes: number
    readonly lastInsertRowid: number
  }
  readonly get: (...values: Value[]) => Row | undefined
  readonly all: (...values: Value[]) => Row[]
}

export interface Sqlite {
  readonly exec: (sql: string) => void
  /** What a row looks like is for the caller to know: it has written the statement. */
  readonly prepare: <Row>(sql: string) => Statement<Row>
  readonly close: () => void
}

/** The largest id that a table with AUTOINCREMENT has ever given; 0 before the first. */
export function lastId(db: Sqlite, table: string): () => number {
  const select = db.prepare<{ readonly seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?')
  return () => select.get(table)?.seq ?? 0
}

/** The one number that a PRAGMA answers with. */
export function pragmaNumber(db: Sqlite, pragma: string): number {
  const row = db.prepare<Record<string, unknown>>(`PRAGMA ${pragma}`).get() ?? {}
  return Number(Object.values(row)[0])
}

/** All of `work` or nothing of it. Throws what `work` or the commit threw. */
export function inTransaction<Result>(db: Sqlite, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    try {
      db.exec('ROLLBACK')
    } catch {
      // After some errors (a full disk, for one) SQLite has rolled back already, and says that there is nothing to.
    }
    throw error
  }
}

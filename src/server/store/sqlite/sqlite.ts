/** What the store uses of SQLite, and small helpers for it. */

/** Nothing else may be bound: libsql ends the process for a value of another type. */
export type SqlValue = string | number | null

export interface Statement<Row> {
  readonly run: (...values: SqlValue[] | [SqlValue[]]) => {
    readonly changes: number
    readonly lastInsertRowid: number
  }
  readonly get: (...values: SqlValue[]) => Row | undefined
  readonly all: (...values: SqlValue[]) => Row[]
}

export interface Sqlite {
  readonly exec: (sql: string) => void
  /** `Row` is what the caller, which has written the statement, says about its rows. */
  readonly prepare: <Row>(sql: string) => Statement<Row>
  readonly close: () => void
}

/** `file`: a path, a URL `file:`, or `:memory:`. `timeoutMs`: how long statements wait for the locks of other programs. */
export type OpenSqlite = (file: string, timeoutMs: number) => Sqlite

/** Reads the largest id that a table with AUTOINCREMENT has ever given; 0 before the first. */
export function createLastIdReader(db: Sqlite, table: string): () => number {
  const select = db.prepare<{ readonly seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?')
  return () => select.get(table)?.seq ?? 0
}

/** The number that a PRAGMA answers with. */
export function pragmaNumber(db: Sqlite, pragma: string): number {
  const row = db.prepare<Record<string, unknown>>(`PRAGMA ${pragma}`).get() ?? {}
  return Number(Object.values(row)[0])
}

/** Rolls back, and throws the error, if `work` or the commit throws. */
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
      // After some errors, such as a full disk, SQLite has already rolled back; ROLLBACK then fails.
    }
    throw error
  }
}

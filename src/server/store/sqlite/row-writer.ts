/** Writes many rows with each statement: a call of libsql takes longer than SQLite takes for a row. */

import type { Sqlite, SqlValue } from './sqlite.ts'

export type RowValues<Column extends string> = Readonly<Record<Column, SqlValue>>

/** Rows per statement. The largest statement that the remaining rows fill is used. */
const SIZES = [64, 16, 4, 1]

/**
 * `sql` makes the statement: its argument is the list of rows (`(?, …), (?, …)`), with the values in the order of
 * `columns`.
 */
export function createRowWriter<Column extends string>(
  db: Sqlite,
  columns: readonly Column[],
  sql: (rows: string) => string,
): (rows: readonly RowValues<Column>[]) => void {
  const placeholders = `(${columns.map(() => '?').join(', ')})`
  const statements = SIZES.map(size => ({
    size,
    statement: db.prepare(sql(Array(size).fill(placeholders).join(', '))),
  }))
  return rows => {
    let from = 0
    for (const { size, statement } of statements) {
      for (; rows.length - from >= size; from += size) {
        const values: SqlValue[] = []
        for (const row of rows.slice(from, from + size)) {
          for (const column of columns) values.push(row[column])
        }
        statement.run(values)
      }
    }
  }
}

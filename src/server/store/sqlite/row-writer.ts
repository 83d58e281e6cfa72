/** Writes rows many at a time: calling libsql takes longer than SQLite takes for a row. */

import type { Sqlite, Value } from './sqlite.ts'

const SIZES = [64, 16, 4, 1]

/** `sql` is given as many `(?, …)`, with commas between, as rows are written; `columns` is the length of each. */
export function rowWriter(
  db: Sqlite,
  columns: number,
  sql: (rows: string) => string,
): (rows: readonly (readonly Value[])[]) => void {
  const row = `(${Array(columns).fill('?').join(', ')})`
  const statements = SIZES.map(size => ({
    size,
    write: db.prepare(sql(Array(size).fill(row).join(', '))),
  }))
  return rows => {
    let from = 0
    for (const { size, write } of statements) {
      for (; rows.length - from >= size; from += size) {
        const values: Value[] = []
        for (let at = from; at < from + size; at += 1) values.push(...(rows[at] ?? []))
        write.run(values)
      }
    }
  }
}

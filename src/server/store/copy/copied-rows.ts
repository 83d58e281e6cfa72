/** Rows on their way from SQLite to PostgreSQL, and checksums that both sides compute. */

import { createHash } from 'node:crypto'
import { withoutNul } from '../postgres/without-nul.ts'
import type { SqlValue } from '../sqlite/sqlite.ts'
import type { ColumnType, CopiedTable } from './copied-tables.ts'

/** A row of SQLite, by its columns. */
export type SourceRow = Readonly<Record<string, SqlValue>>

type TargetValue = string | number | boolean | null

/** The values of each column. */
export function columnsOf({ columns }: CopiedTable, rows: readonly SourceRow[]): TargetValue[][] {
  return columns.map(([name, type]) => rows.map(row => targetValue(row[name] ?? null, type)))
}

function targetValue(value: SqlValue, type: ColumnType): TargetValue {
  if (value === null) return null
  if (type === 'boolean') return value === 1
  return type === 'text' ? withoutNul(String(value)) : value
}

/**
 * Writes the rows, whose columns are arrays $1, $2 and so on. They may be there: the database ends the last statement of a
 * process that was killed.
 */
export function insertStatement({ name, columns, added = [] }: CopiedTable): string {
  const names = columns.map(([column]) => column)
  const all = [...names, ...added.map(([column]) => column)]
  const values = [...names, ...added.map(([, expression]) => expression)]
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`)
  return `INSERT INTO ${name} (${all.join(', ')}) SELECT ${values.join(', ')}
    FROM unnest(${arrays.join(', ')}) AS v (${names.join(', ')}) ON CONFLICT DO NOTHING`
}

/** The number of rows with a key above $1 and up to $2, and their checksum. */
export function digestStatement({ name, columns }: CopiedTable): string {
  const [[key, keyType] = ['id', 'bigint']] = columns
  const values = columns.map(([column, type]) =>
    type === 'double precision' ? `encode(float8send(${column}), 'hex')` : column,
  )
  return `
    SELECT COUNT(*) AS count,
      encode(sha256(convert_to(COALESCE(string_agg(line, E'\\n' ORDER BY key), ''), 'UTF8')), 'hex') AS sum
    FROM (
      SELECT ${key} AS key, json_build_array(${values.join(', ')})::text AS line FROM ${name}
      WHERE ${key} > $1::${keyType} AND ${key} <= $2::${keyType}
    ) rows`
}

export interface Digest {
  readonly count: number
  /** SHA-256, in hexadecimal digits. */
  readonly sum: string
}

/** As digestStatement() computes it. JSON is the same on both sides but for the space after a comma. */
export function digestOf(table: CopiedTable, rows: readonly SourceRow[]): Digest {
  const columns = columnsOf(table, rows)
  const lines = rows.map((_, row) => {
    const values = table.columns.map(([, type], column) => {
      const value = columns[column]?.[row] ?? null
      return JSON.stringify(
        type === 'double precision' && typeof value === 'number' ? doubleText(value) : value,
      )
    })
    return `[${values.join(', ')}]`
  })
  return { count: rows.length, sum: createHash('sha256').update(lines.join('\n')).digest('hex') }
}

/** The bytes of a double: as decimal digits they may be written in different ways. */
function doubleText(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}

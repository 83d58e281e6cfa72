/** Writes runs. */

import { RUN_COLUMNS } from '../model/merge-run.ts'
import type { OrdinalRun } from './batch-runs.ts'
import type { WriteTransaction } from './queries.ts'

const COLUMNS = [...RUN_COLUMNS, 'ordinal'] as const

const TYPES: Readonly<Partial<Record<(typeof COLUMNS)[number], string>>> = {
  series: 'text',
  host: 'text',
  end_state: 'text',
  reported_duration: 'double precision',
}

const ROWS = `unnest(${COLUMNS.map((column, index) => `$${index + 1}::${TYPES[column] ?? 'bigint'}[]`).join(', ')})
  AS v (${COLUMNS.join(', ')})`

const INSERT = `INSERT INTO run (${COLUMNS.join(', ')}) SELECT ${COLUMNS.join(', ')} FROM ${ROWS}`

/** An event changes no other column of its run. */
const CHANGING = RUN_COLUMNS.filter(column => !['id', 'monitor', 'series', 'earlier_end'].includes(column))

const UPDATE = `UPDATE run SET ${CHANGING.map(column => `${column} = v.${column}`).join(', ')}
  FROM ${ROWS} WHERE run.id = v.id`

/** With COMMIT, or before the next query if one follows. Each run once. */
export function writeRuns(
  { queryAtEnd }: Pick<WriteTransaction, 'queryAtEnd'>,
  {
    inserted,
    updated,
  }: { readonly inserted: readonly OrdinalRun[]; readonly updated: readonly OrdinalRun[] },
): void {
  if (inserted.length > 0) queryAtEnd(INSERT, columnsOf(inserted), 'insert-runs')
  if (updated.length > 0) queryAtEnd(UPDATE, columnsOf(updated), 'update-runs')
}

function columnsOf(runs: readonly OrdinalRun[]): unknown[] {
  return COLUMNS.map(column => runs.map(run => run[column]))
}

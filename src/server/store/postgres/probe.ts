/** Finds out whether events could be stored. */

import { randomUUID } from 'node:crypto'
import type { Database } from './database.ts'
import type { WriteTransaction } from './queries.ts'

/** More than the largest event: its request target has at most 64 KiB. */
const LEAST_BYTES = 64 * 1024

/** Of a row. PostgreSQL compresses texts of 2,000 bytes and more. */
const ROW_BYTES = 500

/**
 * Commits a row and its removal. If a group of so many bytes could not be stored, tries before whether one can be stored now.
 * Rejects with a DatabaseProblem.
 */
export async function probeWriting({ write }: Pick<Database, 'write'>, bytes: number): Promise<void> {
  const name = `probe ${randomUUID()}`
  await write(async transaction => {
    if (bytes > 0) await tryEvents(transaction, Math.ceil(Math.max(bytes, LEAST_BYTES) / ROW_BYTES))
    await transaction.query('INSERT INTO cursor (name, id) VALUES ($1, 0)', [name], 'probe')
    await transaction.query('DELETE FROM cursor WHERE name = $1', [name], 'remove-probe')
  })
}

/**
 * Inserts events and runs, and takes them back. On a full disk a small row still fits into the last page of its table: only so
 * many rows show whether the tables and indexes of events can grow.
 */
async function tryEvents({ query, head }: WriteTransaction, count: number): Promise<void> {
  await query('SAVEPOINT before_probe')
  await query(
    `INSERT INTO event (id, monitor, received_at, state, series, message)
     SELECT $1::bigint + i, 0, 0, 'ok', gen_random_uuid()::text, repeat('x', ${ROW_BYTES}) FROM generate_series(1, $2::int) i`,
    [head.lastEvent, count],
  )
  await query(
    `INSERT INTO run (id, monitor, series, ordinal, at, started_at)
     SELECT $1::bigint + i, 0, gen_random_uuid()::text, 1, 0, 0 FROM generate_series(1, $2::int) i`,
    [head.lastRun, count],
  )
  await query('ROLLBACK TO SAVEPOINT before_probe')
}

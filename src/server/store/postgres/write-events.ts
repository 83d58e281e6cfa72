/** Writes new events. */

import type { Incoming } from '../model/incoming.ts'
import type { EventOfRun } from './batch-runs.ts'
import type { WriteTransaction } from './queries.ts'

export interface NewEvent {
  readonly id: number
  /** The id of its row. */
  readonly monitor: number
  readonly event: Incoming
  /** Undefined for `ok`. */
  readonly ofRun: EventOfRun | undefined
}

const INSERT = `
  INSERT INTO event
    (id, monitor, received_at, run, corrects, state, series, host, env, status_code, stamp, metrics, message)
  SELECT * FROM unnest(
    $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::bigint[], $11::double precision[], $12::text[], $13::text[])`

/** With COMMIT. */
export function writeEvents(
  { queryAtEnd }: Pick<WriteTransaction, 'queryAtEnd'>,
  rows: readonly NewEvent[],
): void {
  if (rows.length === 0) return
  const values = [
    rows.map(({ id }) => id),
    rows.map(({ monitor }) => monitor),
    rows.map(({ event }) => event.receivedAt),
    rows.map(({ ofRun }) => ofRun?.run ?? null),
    rows.map(({ ofRun }) => ofRun?.corrects ?? false),
    rows.map(({ event }) => event.state),
    rows.map(({ event }) => event.series),
    rows.map(({ event }) => event.host),
    rows.map(({ event }) => event.env),
    rows.map(({ event }) => event.statusCode),
    rows.map(({ event }) => event.stamp),
    rows.map(({ event }) => event.metrics),
    rows.map(({ event }) => event.message),
  ]
  queryAtEnd(INSERT, values, 'insert-events')
}

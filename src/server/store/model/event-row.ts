/** Events for readers, from the database's rows. */

import type { State } from '../../../telemetry/event.ts'
import type { StoredEvent } from '../event.ts'

/** Columns of an event, and the key of its monitor. */
export interface EventRow {
  readonly id: number
  readonly received_at: number
  readonly monitor_key: string
  readonly state: State
  readonly series: string | null
  readonly host: string | null
  readonly env: string | null
  readonly status_code: number | null
  readonly stamp: number | null
  readonly metrics: string | null
  readonly message: string | null
}

export function eventFromRow(row: EventRow): StoredEvent {
  return {
    id: row.id,
    receivedAt: row.received_at,
    monitorKey: row.monitor_key,
    state: row.state,
    ...(row.series !== null && { series: row.series }),
    ...(row.host !== null && { host: row.host }),
    ...(row.env !== null && { env: row.env }),
    ...(row.status_code !== null && { statusCode: row.status_code }),
    // Written by incoming.ts.
    metrics: row.metrics === null ? [] : (JSON.parse(row.metrics) as StoredEvent['metrics']),
    ...(row.message !== null && { message: row.message }),
    ...(row.stamp !== null && { stamp: row.stamp }),
  }
}

/** Reads events, and changes of health, in the order in which they were stored. */

import type { State } from '../../../telemetry/event.ts'
import type { Health, HealthChange } from '../../monitors/monitors.ts'
import type { StoredEvent } from '../event.ts'
import { parseDetails } from './change-details.ts'
import type { RunReader } from './read-runs.ts'
import type { Sqlite } from './sqlite.ts'

interface Page {
  /** Only rows with a larger id. */
  readonly after: number
  readonly limit: number
}

interface EventRow {
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

interface ChangeRow {
  readonly id: number
  readonly monitor_key: string
  readonly env: string
  readonly from_health: Health
  readonly to_health: Health
  readonly at: number
  readonly run: number | null
  readonly details: string | null
}

/** `condition`: an SQL condition on the event `e` and its monitor `m`. */
export function createEventReader(db: Sqlite, condition = 'TRUE'): (page: Page) => StoredEvent[] {
  const select = db.prepare<EventRow>(`
    SELECT e.id, e.received_at, m.key AS monitor_key, e.state, e.series, e.host, e.env, e.status_code, e.stamp,
      e.metrics, e.message
    FROM event e JOIN monitor m ON m.id = e.monitor
    WHERE e.id > ? AND ${condition} ORDER BY e.id LIMIT ?`)
  return ({ after, limit }) => select.all(after, limit).map(fromRow)
}

function fromRow(row: EventRow): StoredEvent {
  return {
    id: row.id,
    receivedAt: row.received_at,
    monitorKey: row.monitor_key,
    state: row.state,
    ...(row.series !== null && { series: row.series }),
    ...(row.host !== null && { host: row.host }),
    ...(row.env !== null && { env: row.env }),
    ...(row.status_code !== null && { statusCode: row.status_code }),
    // Written by packed-events.ts.
    metrics: row.metrics === null ? [] : (JSON.parse(row.metrics) as StoredEvent['metrics']),
    ...(row.message !== null && { message: row.message }),
    ...(row.stamp !== null && { stamp: row.stamp }),
  }
}

export function createChangeReader(db: Sqlite, { run }: RunReader): (page: Page) => HealthChange[] {
  const select = db.prepare<ChangeRow>('SELECT * FROM change WHERE id > ? ORDER BY id LIMIT ?')
  return ({ after, limit }) =>
    select.all(after, limit).map(row => {
      const cause = row.run === null ? undefined : run(row.run)
      return {
        id: row.id,
        monitorKey: row.monitor_key,
        env: row.env,
        from: row.from_health,
        to: row.to_health,
        at: row.at,
        ...(cause !== undefined && { run: cause }),
        ...parseDetails(row.details),
      }
    })
}

/** Reads events, and changes of health, in the order in which they were stored. */

import type { HealthChange } from '../../monitors/monitors.ts'
import type { StoredEvent } from '../event.ts'
import { type ChangeRow, changeFromRow } from '../model/change-row.ts'
import { type EventRow, eventFromRow } from '../model/event-row.ts'
import type { RunReader } from './read-runs.ts'
import type { Sqlite } from './sqlite.ts'

interface Page {
  /** Only rows with a larger id. */
  readonly after: number
  readonly limit: number
}

/** `condition`: an SQL condition on the event `e` and its monitor `m`. */
export function createEventReader(db: Sqlite, condition = 'TRUE'): (page: Page) => StoredEvent[] {
  const select = db.prepare<EventRow>(`
    SELECT e.id, e.received_at, m.key AS monitor_key, e.state, e.series, e.host, e.env, e.status_code, e.stamp,
      e.metrics, e.message
    FROM event e JOIN monitor m ON m.id = e.monitor
    WHERE e.id > ? AND ${condition} ORDER BY e.id LIMIT ?`)
  return ({ after, limit }) => select.all(after, limit).map(eventFromRow)
}

export function createChangeReader(db: Sqlite, { run }: RunReader): (page: Page) => HealthChange[] {
  const select = db.prepare<ChangeRow>('SELECT * FROM change WHERE id > ? ORDER BY id LIMIT ?')
  return ({ after, limit }) =>
    select.all(after, limit).map(row => changeFromRow(row, row.run === null ? undefined : run(row.run)))
}

/** Reads events, and changes of health, in the order in which they were stored. */

import type { HealthChange } from '../../monitors/monitors.ts'
import type { StoredEvent } from '../event.ts'
import { type ChangeRow, changeFromRow } from '../model/change-row.ts'
import { type EventRow, eventFromRow } from '../model/event-row.ts'
import type { Queries } from './queries.ts'
import { readRunsById } from './read-runs.ts'

interface Page {
  /** Only rows with a larger id. */
  readonly after: number
  readonly limit: number
}

const EVENTS = `
  SELECT e.id, e.received_at, m.key AS monitor_key, e.state, e.series, e.host, e.env, e.status_code, e.stamp,
    e.metrics, e.message
  FROM (SELECT * FROM event WHERE id > $1 ORDER BY id LIMIT $2) e JOIN monitor m ON m.id = e.monitor
  ORDER BY e.id`

export async function readEvents({ query }: Queries, { after, limit }: Page): Promise<StoredEvent[]> {
  const rows = await query<EventRow>(EVENTS, [after, limit], 'events')
  return rows.map(eventFromRow)
}

export async function readChanges(queries: Queries, { after, limit }: Page): Promise<HealthChange[]> {
  const rows = await queries.query<ChangeRow>(
    'SELECT * FROM change WHERE id > $1 ORDER BY id LIMIT $2',
    [after, limit],
    'changes',
  )
  const runs = await readRunsById(
    queries,
    rows.flatMap(({ run }) => run ?? []),
  )
  return rows.map(row => changeFromRow(row, row.run === null ? undefined : runs.get(row.run)))
}

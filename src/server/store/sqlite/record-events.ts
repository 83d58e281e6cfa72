/** Stores a group of events in one transaction. */

import type { RecordedGroup } from '../group-commit.ts'
import type { Incoming } from '../model/incoming.ts'
import { unpackEvents } from './packed-events.ts'
import type { EventIds } from './projection/apply-events.ts'
import type { Projection } from './projection/projection.ts'
import { createRowWriter, type RowValues } from './row-writer.ts'
import { inTransaction, type Sqlite } from './sqlite.ts'

/** `group` comes from packEvents. Throws SQLite's error if it cannot be written: then no event of it is stored. */
export type RecordEvents = (group: string) => RecordedGroup

const COLUMNS = [
  'id',
  'monitor',
  'received_at',
  'state',
  'series',
  'host',
  'env',
  'status_code',
  'stamp',
  'metrics',
  'message',
] as const

export function createEventRecorder(db: Sqlite, projection: Projection): RecordEvents {
  const insert = createRowWriter(
    db,
    COLUMNS,
    rows => `INSERT INTO event (${COLUMNS.join(', ')}) VALUES ${rows}`,
  )
  return group => {
    const events = unpackEvents(group)
    try {
      return inTransaction(db, () => {
        const { ids, healthChanged } = projection.apply(events)
        const rows: EventRow[] = []
        for (const [index, event] of events.entries()) {
          const stored = ids[index]
          if (typeof stored === 'object') rows.push(rowOf(event, stored))
        }
        insert(rows)
        return { ids: ids.map(each => (typeof each === 'object' ? each.event : each)), healthChanged }
      })
    } catch (error) {
      projection.reset()
      throw error
    }
  }
}

type EventRow = RowValues<(typeof COLUMNS)[number]>

function rowOf(event: Incoming, { event: id, monitor }: EventIds): EventRow {
  return {
    id,
    monitor,
    received_at: event.receivedAt,
    state: event.state,
    series: event.series,
    host: event.host,
    env: event.env,
    status_code: event.statusCode,
    stamp: event.stamp,
    metrics: event.metrics,
    message: event.message,
  }
}

/** Stores a group of events, all of them or none. */

import type { MonitorTable } from './monitor-table.ts'
import { unpackEvents } from './packed-events.ts'
import type { Derived } from './projection/derive.ts'
import { rowWriter } from './row-writer.ts'
import { inTransaction, lastId, type Sqlite, type Value } from './sqlite.ts'

export interface RecordedGroup {
  /** Of each event, in their order; 0 where it was there already, and nothing was stored. */
  readonly ids: readonly number[]
  readonly healthChanged: boolean
}

/** The group is of packEvents. Throws SQLite's error where it could not be written; then nothing of it was. */
export type RecordEvents = (group: string) => RecordedGroup

const COLUMNS = 'id, monitor, received_at, state, series, host, env, status_code, stamp, metrics, message'

export function recordEvents(db: Sqlite, monitors: MonitorTable, derived: Derived): RecordEvents {
  const write = rowWriter(
    db,
    COLUMNS.split(', ').length,
    rows => `INSERT INTO event (${COLUMNS}) VALUES ${rows}`,
  )
  const lastEvent = lastId(db, 'event')

  return group => {
    const events = unpackEvents(group)
    try {
      return inTransaction(db, () => {
        let newest = lastEvent()
        const rows: Value[][] = []
        derived.begin(events)
        const ids = events.map(event => {
          if (!derived.take(event, newest + 1)) return 0
          newest += 1
          const { monitorKey, receivedAt, state, series, host, env, statusCode, stamp, metrics, message } =
            event
          const monitor = monitors.of(monitorKey).id
          rows.push([
            newest,
            monitor,
            receivedAt,
            state,
            series,
            host,
            env,
            statusCode,
            stamp,
            metrics,
            message,
          ])
          return newest
        })
        write(rows)
        return { ids, healthChanged: derived.end() }
      })
    } catch (error) {
      derived.forget()
      throw error
    }
  }
}

/** Stores a group of events, all of them or none. */

import { afterEnd } from './health.ts'
import type { Counted, MonitorRow, MonitorTable } from './monitor-table.ts'
import { type Incoming, unpackEvents } from './packed-events.ts'
import { rowWriter } from './row-writer.ts'
import { isOfRun, type RunTable, type SeriesOf } from './run-table.ts'
import { inTransaction, lastId, type Sqlite, type Value } from './sqlite.ts'

export interface RecordedGroup {
  /** Of each event, in their order; 0 where it was there already, and nothing was stored. */
  readonly ids: readonly number[]
  readonly healthChanged: boolean
}

/** The group is of packEvents. Throws SQLite's error where it could not be written; then nothing of it was. */
export type RecordEvents = (group: string) => RecordedGroup

const COLUMNS = 'id, monitor, received_at, state, series, host, env, status_code, stamp, metrics, message'

export function recordEvents(db: Sqlite, monitors: MonitorTable, runs: RunTable): RecordEvents {
  const write = rowWriter(
    db,
    COLUMNS.split(', ').length,
    rows => `INSERT INTO event (${COLUMNS}) VALUES ${rows}`,
  )
  const lastEvent = lastId(db, 'event')
  let newest = 0
  let rows: Value[][] = []
  let healthChanged = false

  const store = ({ id: monitor }: MonitorRow, event: Incoming): number => {
    newest += 1
    const { receivedAt, state, series, host, env, statusCode, stamp, metrics, message } = event
    rows.push([newest, monitor, receivedAt, state, series, host, env, statusCode, stamp, metrics, message])
    return newest
  }

  const end = (monitor: MonitorRow, event: Incoming, counted: Counted, run: number | null) => {
    const outcome = event.state === 'fail' ? 'failing' : 'healthy'
    const step = afterEnd(monitor, outcome, event.happenedAt, event.receivedAt)
    if (monitors.setHealth(monitor, step, run, counted)) healthChanged = true
  }

  const record = (event: Incoming): number => {
    const { state, receivedAt } = event
    const monitor = monitors.of(event.monitorKey)
    if (!isOfRun(event)) {
      const id = store(monitor, event)
      end(monitor, event, { state, ended: undefined, receivedAt }, null)
      return id
    }
    const place = runs.placeOf(monitor.id, event)
    if (place.kind === 'repeated') return 0
    const id = store(monitor, event)
    const { run, hasEnded } = runs.put(monitor.id, place, event, id)
    const ended = state === 'fail' ? 'failed' : 'complete'
    const counted = { state, ended: hasEnded && state !== 'run' ? ended : undefined, receivedAt } as const
    if (state === 'run') monitors.count(monitor, counted)
    else end(monitor, event, counted, run)
    return id
  }

  const seriesOf = ({ monitorKey, series }: Incoming): SeriesOf[] =>
    series === null ? [] : [[monitors.of(monitorKey).id, series]]

  return group => {
    const events = unpackEvents(group)
    healthChanged = false
    rows = []
    try {
      const ids = inTransaction(db, () => {
        newest = lastEvent()
        runs.begin(events.flatMap(seriesOf))
        const recorded = events.map(record)
        write(rows)
        runs.flush()
        monitors.flush()
        return recorded
      })
      return { ids, healthChanged }
    } catch (error) {
      monitors.forget()
      runs.forget()
      throw error
    }
  }
}

/** Stores a group of events, all of them or none. */

import type { ReceivedEvent, StoredEvent } from '../event.ts'
import { happenedAt } from './happened-at.ts'
import { afterEnd } from './health.ts'
import type { Counted, MonitorRow, MonitorTable } from './monitor-table.ts'
import { runTable } from './run-table.ts'
import { inTransaction, type Sqlite } from './sqlite.ts'
import type { Recorded } from './store.ts'

export interface RecordedGroup {
  /** One for each event, in their order. */
  readonly recorded: readonly Recorded[]
  readonly healthChanged: boolean
}

/** Throws SQLite's error where the group could not be written; then nothing of it was. */
export type RecordEvents = (events: readonly ReceivedEvent[]) => RecordedGroup

export function recordEvents(db: Sqlite, monitors: MonitorTable): RecordEvents {
  const runs = runTable(db)
  const insert = db.prepare(`
    INSERT INTO event (monitor, received_at, state, series, host, env, status_code, stamp, metrics, message)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  let healthChanged = false

  const store = (monitor: MonitorRow, event: ReceivedEvent): number =>
    insert.run(
      monitor.id,
      Math.round(event.receivedAt),
      event.state,
      event.series ?? null,
      event.host ?? null,
      event.env ?? null,
      event.statusCode ?? null,
      event.stamp ?? null,
      event.metrics.length === 0 ? null : JSON.stringify(event.metrics),
      event.message ?? null,
    ).lastInsertRowid

  const end = (monitor: MonitorRow, event: ReceivedEvent, counted: Counted, run: number | null) => {
    const outcome = event.state === 'fail' ? 'failing' : 'healthy'
    const step = afterEnd(monitor, outcome, happenedAt(event), event.receivedAt)
    if (monitors.setHealth(monitor, step, run, counted)) healthChanged = true
  }

  const record = (given: ReceivedEvent): Recorded => {
    const event = withoutNul(given)
    const { state, receivedAt } = event
    const monitor = monitors.of(event.monitorKey)
    if (state === 'ok') {
      const id = store(monitor, event)
      end(monitor, event, { state, ended: undefined, receivedAt }, null)
      return { kind: 'stored', event: { ...event, id } }
    }
    const runEvent = { ...event, state }
    const place = runs.placeOf(monitor.id, runEvent)
    if (place.kind === 'repeated') return { kind: 'repeated' }
    const id = store(monitor, event)
    const { run, hasEnded } = runs.put(monitor.id, place, runEvent, id)
    const ended = state === 'fail' ? 'failed' : 'complete'
    const counted = { state, ended: hasEnded && state !== 'run' ? ended : undefined, receivedAt } as const
    if (state === 'run') monitors.count(monitor, counted)
    else end(monitor, event, counted, run)
    return { kind: 'stored', event: { ...event, id } }
  }

  return events => {
    healthChanged = false
    try {
      const recorded = inTransaction(db, () => events.map(record))
      return { recorded, healthChanged }
    } catch (error) {
      monitors.forget()
      throw error
    }
  }
}

export function storedOf(recorded: readonly Recorded[]): StoredEvent[] {
  return recorded.flatMap(each => (each.kind === 'stored' ? [each.event] : []))
}

/** libsql reads text up to the first NUL. */
function withoutNul(event: ReceivedEvent): ReceivedEvent {
  const { series, host, env, message } = event
  if (![series, host, env, message].some(text => text?.includes('\0'))) return event
  const clean = (text: string) => text.replaceAll('\0', '\uFFFD')
  return {
    ...event,
    ...(series !== undefined && { series: clean(series) }),
    ...(host !== undefined && { host: clean(host) }),
    ...(env !== undefined && { env: clean(env) }),
    ...(message !== undefined && { message: clean(message) }),
  }
}

/** Rows of monitors: cached and changed in memory, and written together by flush(). */

import type { State } from '../../../telemetry/event.ts'
import type { HealthState, HealthStep } from '../../monitors/health.ts'
import { createRowWriter, type RowValues } from './row-writer.ts'
import type { Sqlite } from './sqlite.ts'

export interface MonitorRow extends HealthState {
  readonly id: number
  readonly key: string
}

/** What an event adds to a monitor's counters. */
export interface CountedEvent {
  readonly id: number
  readonly state: State
  /** Set if the event ended a run. */
  readonly ended: 'complete' | 'failed' | undefined
  readonly receivedAt: number
}

export interface MonitorTable {
  /** Inserts the row, at once, if the monitor does not exist. */
  readonly get: (key: string) => MonitorRow
  /** Monitors with an expectation, as the database has them: pending changes must be flushed first. */
  readonly withExpectation: () => MonitorRow[]
  readonly count: (monitor: MonitorRow, event: CountedEvent) => void
  /**
   * Sets the health, and adds a row to `change` at once if people must be notified; returns whether it did. `run` is the
   * id of the run that caused the change.
   */
  readonly setHealth: (
    monitor: MonitorRow,
    step: HealthStep,
    run: number | null,
    event?: CountedEvent,
  ) => boolean
  /** Writes the pending changes of these monitors; by default of all. */
  readonly flush: (keys?: readonly string[]) => void
  /** Clears the cache and the pending changes: call it after a rollback, or after rows were removed. */
  readonly reset: () => void
}

/** A lookup of a monitor in the database costs as much as storing an event. */
const MAX_CACHED = 10_000

const HEALTH_COLUMNS = [
  'outcome',
  'outcome_at',
  'late',
  'since',
  'last_success_at',
  'expect_ms',
  'expect_since',
] as const

const COUNTER_COLUMNS = [
  'events_run',
  'events_complete',
  'events_fail',
  'events_ok',
  'runs_complete',
  'runs_failed',
] as const

const WRITTEN_COLUMNS = ['id', 'last_event_at', ...COUNTER_COLUMNS, ...HEALTH_COLUMNS, 'derived'] as const

type WrittenColumn = (typeof WRITTEN_COLUMNS)[number]

/** `v` has the new values. MAX() of a NULL is NULL: `last_event_at` then keeps its value. */
const ASSIGNMENTS = [
  'last_event_at = COALESCE(MAX(COALESCE(monitor.last_event_at, v.last_event_at), v.last_event_at), monitor.last_event_at)',
  ...COUNTER_COLUMNS.map(column => `${column} = monitor.${column} + v.${column}`),
  ...HEALTH_COLUMNS.map(column => `${column} = v.${column}`),
  'derived = MAX(monitor.derived, v.derived)',
].join(', ')

const SELECT = `SELECT id, key, ${HEALTH_COLUMNS.join(', ')} FROM monitor`

interface SelectedRow {
  readonly id: number
  readonly key: string
  readonly outcome: HealthState['outcome']
  readonly outcome_at: number | null
  readonly late: number
  readonly since: number | null
  readonly last_success_at: number | null
  readonly expect_ms: number | null
  readonly expect_since: number | null
}

export function createMonitorTable(db: Sqlite): MonitorTable {
  const selectByKey = db.prepare<SelectedRow>(`${SELECT} WHERE key = ?`)
  const selectExpected = db.prepare<SelectedRow>(`${SELECT} WHERE expect_ms IS NOT NULL`)
  const insert = db.prepare('INSERT INTO monitor (key) VALUES (?)')
  const insertChange = db.prepare(
    'INSERT INTO change (monitor_key, from_health, to_health, at, run) VALUES (?, ?, ?, ?, ?)',
  )
  const update = createRowWriter(
    db,
    WRITTEN_COLUMNS,
    rows => `
      WITH v (${WRITTEN_COLUMNS.join(', ')}) AS (VALUES ${rows})
      UPDATE monitor SET ${ASSIGNMENTS} FROM v WHERE monitor.id = v.id`,
  )
  const cache = new Map<string, MonitorRow>()
  const pending = new Map<string, PendingChange>()
  const addToCache = (monitor: MonitorRow) => {
    if (cache.size >= MAX_CACHED) cache.clear()
    cache.set(monitor.key, monitor)
    return monitor
  }
  const pendingOf = (row: MonitorRow): PendingChange => {
    const known = pending.get(row.key)
    if (known !== undefined) return known
    const created = newPendingChange(row)
    pending.set(row.key, created)
    return created
  }
  return {
    get: key => {
      const known = pending.get(key)?.row ?? cache.get(key)
      if (known !== undefined) return known
      const row = selectByKey.get(key)
      return addToCache(
        row === undefined
          ? { id: insert.run(key).lastInsertRowid, key, ...NEW_MONITOR }
          : monitorFromRow(row),
      )
    },
    withExpectation: () => selectExpected.all().map(monitorFromRow),
    count: (monitor, event) => countEvent(pendingOf(monitor), event),
    setHealth: (monitor, { state, change }, run, event) => {
      const changed = pendingOf(monitor)
      changed.row = addToCache(withHealth(monitor, state))
      if (event !== undefined) countEvent(changed, event)
      if (change === undefined) return false
      insertChange.run(monitor.key, change.from, change.to, change.at, run)
      return true
    },
    flush: (keys = [...pending.keys()]) => {
      update(keys.flatMap(key => pending.get(key) ?? []).map(valuesOf))
      for (const key of keys) pending.delete(key)
    },
    reset: () => {
      cache.clear()
      pending.clear()
    },
  }
}

interface PendingChange {
  row: MonitorRow
  lastEventAt: number | null
  /** The id of the last counted event; 0 if there is none. */
  lastEvent: number
  readonly events: { run: number; complete: number; fail: number; ok: number }
  readonly runs: { complete: number; failed: number }
}

function newPendingChange(row: MonitorRow): PendingChange {
  return {
    row,
    lastEventAt: null,
    lastEvent: 0,
    events: { run: 0, complete: 0, fail: 0, ok: 0 },
    runs: { complete: 0, failed: 0 },
  }
}

function countEvent(change: PendingChange, { id, state, ended, receivedAt }: CountedEvent): void {
  change.lastEvent = id
  change.events[state] += 1
  if (ended !== undefined) change.runs[ended] += 1
  change.lastEventAt = Math.max(change.lastEventAt ?? 0, Math.round(receivedAt))
}

/** All fields are listed, because object spread takes several times as long. */
function withHealth({ id, key }: MonitorRow, state: HealthState): MonitorRow {
  const { outcome, outcomeAt, isLate, since, lastSuccessAt, expectMs, expectSince } = state
  return { id, key, outcome, outcomeAt, isLate, since, lastSuccessAt, expectMs, expectSince }
}

function valuesOf({ row, lastEventAt, lastEvent, events, runs }: PendingChange): RowValues<WrittenColumn> {
  return {
    id: row.id,
    last_event_at: lastEventAt,
    events_run: events.run,
    events_complete: events.complete,
    events_fail: events.fail,
    events_ok: events.ok,
    runs_complete: runs.complete,
    runs_failed: runs.failed,
    outcome: row.outcome,
    outcome_at: row.outcomeAt,
    late: row.isLate ? 1 : 0,
    since: row.since,
    last_success_at: row.lastSuccessAt,
    expect_ms: row.expectMs,
    expect_since: row.expectSince,
    derived: lastEvent,
  }
}

const NEW_MONITOR: HealthState = {
  outcome: 'unknown',
  outcomeAt: null,
  isLate: false,
  since: null,
  lastSuccessAt: null,
  expectMs: null,
  expectSince: null,
}

function monitorFromRow(row: SelectedRow): MonitorRow {
  return {
    id: row.id,
    key: row.key,
    outcome: row.outcome,
    outcomeAt: row.outcome_at,
    isLate: row.late === 1,
    since: row.since,
    lastSuccessAt: row.last_success_at,
    expectMs: row.expect_ms,
    expectSince: row.expect_since,
  }
}

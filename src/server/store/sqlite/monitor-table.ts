/** The rows of monitors, as recording and expecting read and change them: in memory, and written together. */

import type { State } from '../../../telemetry/event.ts'
import type { HealthState, Step } from '../../monitors/health.ts'
import { rowWriter } from './row-writer.ts'
import type { Sqlite } from './sqlite.ts'

export interface MonitorRow extends HealthState {
  readonly id: number
  readonly key: string
}

interface Columns {
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

/** What an event adds to a monitor, besides its health. */
export interface Counted {
  /** The event's. */
  readonly id: number
  readonly state: State
  /** Where a run has ended by it. */
  readonly ended: 'complete' | 'failed' | undefined
  readonly receivedAt: number
}

export interface MonitorTable {
  /** Made where it is not there. */
  readonly of: (key: string) => MonitorRow
  /** Those that are expected to succeed; to be called before anything is changed. */
  readonly expected: () => MonitorRow[]
  /** Counts an event that changes no health. */
  readonly count: (monitor: MonitorRow, counted: Counted) => void
  /** Notes the state, and the change if it is one; returns whether it is. `run`: the id of what brought it about. */
  readonly setHealth: (monitor: MonitorRow, step: Step, run: number | null, counted?: Counted) => boolean
  /** Writes what was counted and set: of these, or of all. */
  readonly flush: (keys?: readonly string[]) => void
  /** Forgets what it knows by heart: to be called where a transaction came to nothing, or rows were removed. */
  readonly forget: () => void
}

/** What is not written yet. */
interface Changed {
  row: MonitorRow
  lastEventAt: number | null
  /** The id of the last event that is in it; 0 where there is none. */
  derived: number
  readonly counts: { run: number; complete: number; fail: number; ok: number; ended: number; failed: number }
}

const COLUMNS = 'id, key, outcome, outcome_at, late, since, last_success_at, expect_ms, expect_since'

/** `v` has the values; where nothing was received MAX is NULL, and what was there stays. */
const SET = [
  'last_event_at = COALESCE(MAX(COALESCE(last_event_at, v.column2), v.column2), last_event_at)',
  ...['events_run', 'events_complete', 'events_fail', 'events_ok', 'runs_complete', 'runs_failed'].map(
    (column, index) => `${column} = ${column} + v.column${index + 3}`,
  ),
  ...COLUMNS.split(', ')
    .slice(2)
    .map((column, index) => `${column} = v.column${index + 9}`),
  'derived = MAX(derived, v.column16)',
].join(', ')

/** Looking up a monitor costs as much as storing an event. */
const MOST_KNOWN = 10_000

export function monitorTable(db: Sqlite): MonitorTable {
  const byKey = db.prepare<Columns>(`SELECT ${COLUMNS} FROM monitor WHERE key = ?`)
  const withExpectation = db.prepare<Columns>(`SELECT ${COLUMNS} FROM monitor WHERE expect_ms IS NOT NULL`)
  const insert = db.prepare('INSERT INTO monitor (key) VALUES (?)')
  const write = rowWriter(
    db,
    16,
    rows => `UPDATE monitor SET ${SET} FROM (VALUES ${rows}) v WHERE monitor.id = v.column1`,
  )
  const addChange = db.prepare(
    'INSERT INTO change (monitor_key, from_health, to_health, at, run) VALUES (?, ?, ?, ?, ?)',
  )
  const known = new Map<string, MonitorRow>()
  const changed = new Map<string, Changed>()
  const know = (monitor: MonitorRow) => {
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(monitor.key, monitor)
    return monitor
  }
  const changedOf = (row: MonitorRow): Changed => {
    const own = changed.get(row.key)
    if (own !== undefined) return own
    const counts = { run: 0, complete: 0, fail: 0, ok: 0, ended: 0, failed: 0 }
    const made = { row, lastEventAt: null, derived: 0, counts }
    changed.set(row.key, made)
    return made
  }
  const count = (change: Changed, { id, state, ended, receivedAt }: Counted) => {
    change.derived = id
    change.counts[state] += 1
    if (ended === 'complete') change.counts.ended += 1
    if (ended === 'failed') change.counts.failed += 1
    change.lastEventAt = Math.max(change.lastEventAt ?? 0, Math.round(receivedAt))
  }
  return {
    of: key => {
      const own = changed.get(key)?.row ?? known.get(key)
      if (own !== undefined) return own
      const row = byKey.get(key)
      return know(row === undefined ? { id: insert.run(key).lastInsertRowid, key, ...NEW } : fromColumns(row))
    },
    expected: () => withExpectation.all().map(fromColumns),
    count: (monitor, counted) => count(changedOf(monitor), counted),
    setHealth: (monitor, { state, change }, run, counted) => {
      const own = changedOf(monitor)
      own.row = know(withHealth(monitor, state))
      if (counted !== undefined) count(own, counted)
      if (change === undefined) return false
      addChange.run(monitor.key, change.from, change.to, change.at, run)
      return true
    },
    flush: (keys = [...changed.keys()]) => {
      write(keys.flatMap(key => changed.get(key) ?? []).map(valuesOf))
      for (const key of keys) changed.delete(key)
    },
    forget: () => {
      known.clear()
      changed.clear()
    },
  }
}

function withHealth({ id, key }: MonitorRow, state: HealthState): MonitorRow {
  const { outcome, outcomeAt, isLate, since, lastSuccessAt, expectMs, expectSince } = state
  return { id, key, outcome, outcomeAt, isLate, since, lastSuccessAt, expectMs, expectSince }
}

function valuesOf({ row, lastEventAt, derived, counts }: Changed) {
  const { id, outcome, outcomeAt, isLate, since, lastSuccessAt, expectMs, expectSince } = row
  const { run, complete, fail, ok, ended, failed } = counts
  const health = [outcome, outcomeAt, isLate ? 1 : 0, since, lastSuccessAt, expectMs, expectSince]
  return [id, lastEventAt, run, complete, fail, ok, ended, failed, ...health, derived]
}

const NEW: HealthState = {
  outcome: 'unknown',
  outcomeAt: null,
  isLate: false,
  since: null,
  lastSuccessAt: null,
  expectMs: null,
  expectSince: null,
}

function fromColumns(row: Columns): MonitorRow {
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

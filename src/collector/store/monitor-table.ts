/** The rows of monitors, as recording and expecting read and write them. */

import type { State } from '../../telemetry/event.ts'
import type { HealthState, Step } from './health.ts'
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

export interface MonitorTable {
  /** Made where it is not there. */
  readonly of: (key: string) => MonitorRow
  /** Those that are expected to succeed. */
  readonly expected: () => MonitorRow[]
  /** Counts an event that was received at `at`, and the end of a run. */
  readonly count: (id: number, state: State, ended: 'complete' | 'failed' | undefined, at: number) => void
  /** Stores the state and the change, if it is one; returns whether it is. `run`: the id of what brought it about. */
  readonly setHealth: (monitor: MonitorRow, step: Step, run: number | null) => boolean
}

const COLUMNS = 'id, key, outcome, outcome_at, late, since, last_success_at, expect_ms, expect_since'

export function monitorTable(db: Sqlite): MonitorTable {
  const byKey = db.prepare<Columns>(`SELECT ${COLUMNS} FROM monitor WHERE key = ?`)
  const withExpectation = db.prepare<Columns>(`SELECT ${COLUMNS} FROM monitor WHERE expect_ms IS NOT NULL`)
  const insert = db.prepare('INSERT INTO monitor (key) VALUES (?)')
  const count = db.prepare(`
    UPDATE monitor SET
      last_event_at = MAX(?2, COALESCE(last_event_at, 0)),
      events_run = events_run + (?3 = 'run'),
      events_complete = events_complete + (?3 = 'complete'),
      events_fail = events_fail + (?3 = 'fail'),
      events_ok = events_ok + (?3 = 'ok'),
      runs_complete = runs_complete + (?4 = 'complete'),
      runs_failed = runs_failed + (?4 = 'failed')
    WHERE id = ?1`)
  const setHealth = db.prepare(`
    UPDATE monitor SET
      outcome = ?2, outcome_at = ?3, late = ?4, since = ?5, last_success_at = ?6, expect_ms = ?7, expect_since = ?8
    WHERE id = ?1`)
  const addChange = db.prepare(
    'INSERT INTO change (monitor_key, from_health, to_health, at, run) VALUES (?, ?, ?, ?, ?)',
  )
  return {
    of: key => {
      const row = byKey.get(key)
      if (row !== undefined) return fromColumns(row)
      return { id: insert.run(key).lastInsertRowid, key, ...NEW }
    },
    expected: () => withExpectation.all().map(fromColumns),
    count: (id, state, ended, at) => {
      count.run(id, Math.round(at), state, ended ?? '')
    },
    setHealth: (monitor, { state, change }, run) => {
      setHealth.run(
        monitor.id,
        state.outcome,
        state.outcomeAt,
        state.isLate ? 1 : 0,
        state.since,
        state.lastSuccessAt,
        state.expectMs,
        state.expectSince,
      )
      if (change === undefined) return false
      addChange.run(monitor.key, change.from, change.to, change.at, run)
      return true
    },
  }
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

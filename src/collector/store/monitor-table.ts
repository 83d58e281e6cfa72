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

/** What an event adds to a monitor, besides its health. */
export interface Counted {
  readonly state: State
  /** Where a run has ended by it. */
  readonly ended: 'complete' | 'failed' | undefined
  readonly receivedAt: number
}

export interface MonitorTable {
  /** Made where it is not there. */
  readonly of: (key: string) => MonitorRow
  /** Those that are expected to succeed. */
  readonly expected: () => MonitorRow[]
  /** Counts an event that changes no health. */
  readonly count: (monitor: MonitorRow, counted: Counted) => void
  /** Stores the state and the change, if it is one; returns whether it is. `run`: the id of what brought it about. */
  readonly setHealth: (monitor: MonitorRow, step: Step, run: number | null, counted?: Counted) => boolean
  /** Forgets what it knows by heart: to be called where a transaction came to nothing, or rows were removed. */
  readonly forget: () => void
}

const COLUMNS = 'id, key, outcome, outcome_at, late, since, last_success_at, expect_ms, expect_since'

const COUNT = `
  last_event_at = MAX(?2, COALESCE(last_event_at, ?2)),
  events_run = events_run + (?3 = 'run'),
  events_complete = events_complete + (?3 = 'complete'),
  events_fail = events_fail + (?3 = 'fail'),
  events_ok = events_ok + (?3 = 'ok'),
  runs_complete = runs_complete + (?4 = 'complete'),
  runs_failed = runs_failed + (?4 = 'failed')`

/** Looking up a monitor costs as much as storing an event. */
const MOST_KNOWN = 10_000

export function monitorTable(db: Sqlite): MonitorTable {
  const byKey = db.prepare<Columns>(`SELECT ${COLUMNS} FROM monitor WHERE key = ?`)
  const withExpectation = db.prepare<Columns>(`SELECT ${COLUMNS} FROM monitor WHERE expect_ms IS NOT NULL`)
  const insert = db.prepare('INSERT INTO monitor (key) VALUES (?)')
  const count = db.prepare(`UPDATE monitor SET ${COUNT} WHERE id = ?1`)
  const health = (first: number) =>
    ['outcome', 'outcome_at', 'late', 'since', 'last_success_at', 'expect_ms', 'expect_since']
      .map((column, index) => `${column} = ?${first + index}`)
      .join(', ')
  const setHealth = db.prepare(`UPDATE monitor SET ${health(2)} WHERE id = ?1`)
  const setHealthAndCount = db.prepare(`UPDATE monitor SET ${COUNT}, ${health(5)} WHERE id = ?1`)
  const addChange = db.prepare(
    'INSERT INTO change (monitor_key, from_health, to_health, at, run) VALUES (?, ?, ?, ?, ?)',
  )
  const known = new Map<string, MonitorRow>()
  const know = (monitor: MonitorRow) => {
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(monitor.key, monitor)
    return monitor
  }
  return {
    of: key => {
      const own = known.get(key)
      if (own !== undefined) return own
      const row = byKey.get(key)
      return know(row === undefined ? { id: insert.run(key).lastInsertRowid, key, ...NEW } : fromColumns(row))
    },
    expected: () => withExpectation.all().map(fromColumns),
    count: ({ id }, { state, ended, receivedAt }) => {
      count.run(id, Math.round(receivedAt), state, ended ?? '')
    },
    setHealth: (monitor, { state, change }, run, counted) => {
      const { outcome, outcomeAt, isLate, since, lastSuccessAt, expectMs, expectSince } = state
      const values = [outcome, outcomeAt, isLate ? 1 : 0, since, lastSuccessAt, expectMs, expectSince]
      if (counted === undefined) setHealth.run(monitor.id, ...values)
      else {
        const { state: event, ended, receivedAt } = counted
        setHealthAndCount.run(monitor.id, Math.round(receivedAt), event, ended ?? '', ...values)
      }
      know({ id: monitor.id, key: monitor.key, ...state })
      if (change === undefined) return false
      addChange.run(monitor.key, change.from, change.to, change.at, run)
      return true
    },
    forget: () => known.clear(),
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

/** Reads monitors with their environments and latest runs. */

import { combineEnvironments } from '../../monitors/combine-environments.ts'
import { type HealthState, healthOf } from '../../monitors/health.ts'
import type { Health, Monitor, MonitorEnvironment, MonitorState, Run } from '../../monitors/monitors.ts'
import type { MonitorQuery } from '../store.ts'
import type { RunReader } from './read-runs.ts'
import type { Sqlite } from './sqlite.ts'

interface Row {
  readonly id: number
  readonly key: string
  readonly env: string
  readonly outcome: HealthState['outcome']
  readonly late: number
  readonly since: number | null
  readonly last_event_at: number | null
  readonly last_success_at: number | null
  readonly expect_ms: number | null
  readonly is_running: number
}

/** A monitor is running if its newest open run is not lost: it started after every run that has ended. */
const SELECT = `
  SELECT id, key, env, outcome, late, since, last_event_at, last_success_at, expect_ms,
    COALESCE((SELECT MAX(at) FROM run WHERE monitor = m.id AND ended_at IS NULL), -1) >=
    COALESCE((SELECT MAX(at) FROM run WHERE monitor = m.id AND ended_at IS NOT NULL), 0)
      AS is_running
  FROM monitor m`

export function createMonitorReader(db: Sqlite, { recent }: RunReader): (query?: MonitorQuery) => Monitor[] {
  const all = db.prepare<Row>(`${SELECT} ORDER BY key, env`)
  const ofKey = db.prepare<Row>(`${SELECT} WHERE key = ? ORDER BY env`)
  const ofEnv = db.prepare<Row>(`${SELECT} WHERE env = ? ORDER BY key`)
  const one = db.prepare<Row>(`${SELECT} WHERE key = ? AND env = ?`)
  const rowsOf = ({ key, env }: MonitorQuery): Row[] => {
    if (key === undefined) return env === undefined ? all.all() : ofEnv.all(env)
    return env === undefined ? ofKey.all(key) : one.all(key, env)
  }
  return (query = {}) =>
    groupsOf(rowsOf(query)).map(([key, rows]) =>
      combineEnvironments(
        key,
        rows.map(toEnvironment),
        newestOf(
          rows.map(({ id }) => recent(id, query.recent ?? 30)),
          query.recent ?? 30,
        ),
      ),
    )
}

/** The rows of one key follow each other. */
function groupsOf(rows: readonly Row[]): [key: string, rows: Row[]][] {
  const groups: [string, Row[]][] = []
  for (const row of rows) {
    const last = groups.at(-1)
    if (last?.[0] === row.key) last[1].push(row)
    else groups.push([row.key, [row]])
  }
  return groups
}

/** Of the latest runs of each environment, oldest first, the latest of all; only the last one with its message. */
function newestOf(lists: readonly (readonly Run[])[], count: number): readonly Run[] {
  const [first = []] = lists
  if (lists.length < 2) return first
  const runs = lists.flat().sort((a, b) => a.id - b.id)
  return runs.slice(Math.max(0, runs.length - count)).map((run, index, chosen) => {
    if (index === chosen.length - 1) return run
    const { message: _, ...withoutMessage } = run
    return withoutMessage
  })
}

function toEnvironment(row: Row): MonitorEnvironment {
  const facts = { isLate: row.late === 1, outcome: row.outcome }
  const health = healthOf(facts)
  return {
    env: row.env,
    state: stateOf(health, row.is_running === 1),
    health,
    isFailing: facts.outcome === 'failing',
    isLate: facts.isLate,
    ...(row.since !== null && health !== 'unknown' && { since: row.since }),
    ...(row.last_event_at !== null && { lastEventAt: row.last_event_at }),
    ...(row.last_success_at !== null && { lastSuccessAt: row.last_success_at }),
    ...(row.expect_ms !== null && { expectMs: row.expect_ms }),
  }
}

function stateOf(health: Health, isRunning: boolean): MonitorState {
  switch (health) {
    case 'late':
    case 'failing':
      return health
    case 'healthy':
      return isRunning ? 'running' : 'healthy'
    case 'unknown':
      return isRunning ? 'running' : 'quiet'
  }
}

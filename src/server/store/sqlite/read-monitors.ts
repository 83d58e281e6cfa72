/** Reads monitors with their environments and latest runs. */

import { combineEnvironments } from '../../monitors/combine-environments.ts'
import { type HealthState, healthOf } from '../../monitors/health.ts'
import type { Health, Monitor, MonitorEnvironment, MonitorState, Run } from '../../monitors/monitors.ts'
import type { MonitorQuery } from '../store.ts'
import { boundsOf } from './key-range.ts'
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
  const rowsOf = createRowReader(db)
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

function createRowReader(db: Sqlite): (query: MonitorQuery) => Row[] {
  const ofKeys = db.prepare<Row>(`${SELECT} WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key, env`)
  const ofKeysInEnv = db.prepare<Row>(
    `${SELECT} WHERE key IN (SELECT value FROM json_each(?)) AND env = ? ORDER BY key`,
  )
  const inRange = db.prepare<Row>(`${SELECT} WHERE key > ? AND key <= ? ORDER BY key, env`)
  const inRangeAndEnv = db.prepare<Row>(
    `${SELECT} WHERE key > ? AND key <= ? AND env = ? ORDER BY key LIMIT ?`,
  )
  /** The last of so many keys. */
  const lastKey = db.prepare<{ readonly key: string }>(
    'SELECT DISTINCT key FROM monitor WHERE key > ? AND key <= ? ORDER BY key LIMIT 1 OFFSET ? - 1',
  )
  return ({ key, keys, env, limit, ...range }) => {
    const listed = key === undefined ? keys : [key]
    if (listed !== undefined) {
      const text = JSON.stringify(listed)
      return env === undefined ? ofKeys.all(text) : ofKeysInEnv.all(text, env)
    }
    const { after, upTo } = boundsOf(range)
    if (env !== undefined) return inRangeAndEnv.all(after, upTo, env, limit ?? NO_LIMIT)
    const last = limit === undefined ? undefined : lastKey.get(after, upTo, limit)?.key
    return inRange.all(after, last ?? upTo)
  }
}

/** SQLite: a negative LIMIT is no limit. */
const NO_LIMIT = -1

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
    isOverrunning: false,
    ...(row.since !== null && health !== 'unknown' && { since: row.since }),
    ...(row.last_event_at !== null && { lastEventAt: row.last_event_at }),
    ...(row.last_success_at !== null && { lastSuccessAt: row.last_success_at }),
    ...(row.expect_ms !== null && { expectMs: row.expect_ms }),
  }
}

function stateOf(health: Health, isRunning: boolean): MonitorState {
  switch (health) {
    case 'overrunning':
    case 'late':
    case 'failing':
      return health
    case 'healthy':
      return isRunning ? 'running' : 'healthy'
    case 'unknown':
      return isRunning ? 'running' : 'quiet'
  }
}

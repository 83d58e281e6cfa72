/** Reads monitors with their environments and latest runs. */

import { combineEnvironments } from '../../monitors/combine-environments.ts'
import { dueAt } from '../../monitors/deadline.ts'
import { healthOf } from '../../monitors/health.ts'
import { COMPARED_RUNS, longRunAt, type RecentDurations } from '../../monitors/long-run.ts'
import type { Health, Monitor, MonitorEnvironment, MonitorState, Run } from '../../monitors/monitors.ts'
import type { MonitorQuery } from '../store.ts'
import { boundsOf } from './key-range.ts'
import { MONITOR_COLUMNS, type MonitorRow, monitorFromRow, type SelectedMonitor } from './monitor-row.ts'
import { RUNNING_SINCE } from './open-runs.ts'
import type { RunReader } from './read-runs.ts'
import type { Sqlite } from './sqlite.ts'

interface Row extends SelectedMonitor {
  readonly last_event_at: number | null
  readonly running_since: number | null
}

const SELECT = `
  SELECT ${MONITOR_COLUMNS}, last_event_at, (${RUNNING_SINCE}) AS running_since
  FROM monitor m`

/** An index scan and up to fifty rows: only for monitors that are running. */
const RECENT_DURATIONS = `
  SELECT COUNT(ms) AS count, MAX(ms) AS longest FROM (
    SELECT COALESCE(reported_duration * 1000, ended_at - started_at) AS ms FROM run
    WHERE monitor = ? AND ended_at IS NOT NULL ORDER BY at DESC LIMIT ${COMPARED_RUNS})`

export function createMonitorReader(db: Sqlite, { recent }: RunReader): (query?: MonitorQuery) => Monitor[] {
  const rowsOf = createRowReader(db)
  const recentDurations = db.prepare<RecentDurations>(RECENT_DURATIONS)
  const toEnvironment = (row: Row): MonitorEnvironment => {
    const monitor = monitorFromRow(row)
    const { running_since: runningSince } = row
    const durations =
      runningSince === null || monitor.rule?.maxMs !== undefined ? undefined : recentDurations.get(row.id)
    const longAt = runningSince === null || !durations ? undefined : longRunAt(runningSince, durations)
    return { ...environmentOf(row, monitor), ...(longAt !== undefined && { longRunAt: longAt }) }
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

function environmentOf(row: Row, monitor: MonitorRow): MonitorEnvironment {
  const { rule } = monitor
  const health = healthOf(monitor)
  const due = dueAt(monitor)
  return {
    env: row.env,
    state: stateOf(health, row.running_since !== null),
    health,
    isFailing: monitor.outcome === 'failing',
    isLate: monitor.isLate,
    isOverrunning: monitor.isOverrunning,
    ...(row.since !== null && health !== 'unknown' && { since: row.since }),
    ...(row.last_event_at !== null && { lastEventAt: row.last_event_at }),
    ...(row.last_success_at !== null && { lastSuccessAt: row.last_success_at }),
    ...(rule !== null && { rule }),
    ...(rule?.schedule?.kind === 'every' && { expectMs: rule.schedule.everyMs }),
    ...(due !== undefined && { nextDueAt: due }),
    ...(row.running_since !== null && { runningSince: row.running_since }),
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

/** Reads monitors with their environments and latest runs. */

import { combineEnvironments } from '../../monitors/combine-environments.ts'
import { COMPARED_RUNS, longRunAt, type RecentDurations } from '../../monitors/long-run.ts'
import type { Monitor, MonitorEnvironment } from '../../monitors/monitors.ts'
import { boundsOf } from '../model/key-range.ts'
import { type ReadMonitor, readEnvironment } from '../model/monitor-environment.ts'
import { MONITOR_COLUMNS, monitorFromRow } from '../model/monitor-row.ts'
import { newestRuns, rowsByKey } from '../model/monitor-rows.ts'
import type { MonitorQuery } from '../store.ts'
import { RUNNING_SINCE } from './open-runs.ts'
import type { RunReader } from './read-runs.ts'
import type { Sqlite } from './sqlite.ts'

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
  const toEnvironment = (row: ReadMonitor): MonitorEnvironment => {
    const monitor = monitorFromRow(row)
    const { running_since: runningSince } = row
    const durations =
      runningSince === null || monitor.rule?.maxMs !== undefined ? undefined : recentDurations.get(row.id)
    const longAt = runningSince === null || !durations ? undefined : longRunAt(runningSince, durations)
    return { ...readEnvironment(row, monitor), ...(longAt !== undefined && { longRunAt: longAt }) }
  }
  return (query = {}) =>
    rowsByKey(rowsOf(query)).map(([key, rows]) =>
      combineEnvironments(
        key,
        rows.map(toEnvironment),
        newestRuns(
          rows.map(({ id }) => recent(id, query.recent ?? 30)),
          query.recent ?? 30,
        ),
      ),
    )
}

function createRowReader(db: Sqlite): (query: MonitorQuery) => ReadMonitor[] {
  const ofKeys = db.prepare<ReadMonitor>(
    `${SELECT} WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key, env`,
  )
  const ofKeysInEnv = db.prepare<ReadMonitor>(
    `${SELECT} WHERE key IN (SELECT value FROM json_each(?)) AND env = ? ORDER BY key`,
  )
  const inRange = db.prepare<ReadMonitor>(`${SELECT} WHERE key > ? AND key <= ? ORDER BY key, env`)
  const inRangeAndEnv = db.prepare<ReadMonitor>(
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

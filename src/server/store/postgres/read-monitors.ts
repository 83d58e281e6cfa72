/** Reads monitors with their environments and latest runs: in one query, so that all of it is of one moment. */

import { combineEnvironments } from '../../monitors/combine-environments.ts'
import { COMPARED_RUNS, longRunAt } from '../../monitors/long-run.ts'
import type { Monitor, MonitorEnvironment, Run } from '../../monitors/monitors.ts'
import { boundsOf } from '../model/key-range.ts'
import { type ReadMonitor, readEnvironment } from '../model/monitor-environment.ts'
import { MONITOR_COLUMNS, monitorFromRow } from '../model/monitor-row.ts'
import { newestRuns, rowsByKey } from '../model/monitor-rows.ts'
import { PACKED_RUN_COLUMNS, type PackedRun, unpackRun } from '../model/packed-runs.ts'
import { runFromRow } from '../model/run-row.ts'
import type { MonitorQuery } from '../store.ts'
import type { Queries } from './queries.ts'
import { LOST, RUN_MESSAGE } from './read-runs.ts'
import { OPEN_SINCE } from './running-since.ts'
import { withoutNul } from './without-nul.ts'

interface Row extends ReadMonitor {
  /** Of the last ended runs, only if a run is open and its rule has no `max`: how many have a duration, and the longest. */
  readonly durations: number
  readonly longest: number | null
  /** JSON: the latest runs, newest first. */
  readonly runs: string | null
  /** The message of the newest run. */
  readonly message: string | null
}

/** $1 is how many runs are wanted of each monitor. Everything is found by index, for each monitor. */
const select = (condition: string, order: string) => `
  SELECT ${MONITOR_COLUMNS}, last_event_at, running_since, d.durations, d.longest, l.runs, n.message
  FROM (
    SELECT *, ${OPEN_SINCE} AS running_since FROM monitor m WHERE ${condition} ORDER BY ${order}
  ) m
  CROSS JOIN LATERAL (
    SELECT COUNT(ms) AS durations, MAX(ms) AS longest FROM (
      SELECT COALESCE(reported_duration * 1000, ended_at - started_at) AS ms FROM run
      WHERE monitor = m.id AND ended_at IS NOT NULL
        AND m.running_since IS NOT NULL AND (m.rule::json ->> 'maxMs') IS NULL
      ORDER BY at DESC LIMIT ${COMPARED_RUNS}
    ) r
  ) d
  CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(${PACKED_RUN_COLUMNS}))::text AS runs
    FROM (SELECT r.*, ${LOST} AS lost FROM run r WHERE monitor = m.id ORDER BY id DESC LIMIT $1) r
  ) l
  LEFT JOIN LATERAL (
    SELECT ${RUN_MESSAGE} AS message FROM run r WHERE monitor = m.id ORDER BY id DESC LIMIT LEAST($1, 1)
  ) n ON true
  ORDER BY key, env`

const KEYS = select('key = ANY ($2::text[])', 'key, env')
const KEYS_IN_ENV = select('key = ANY ($2::text[]) AND env = $3', 'key')
/** $4 is how many monitors are wanted; NULL for all. */
const RANGE = select(
  `key > $2 AND key <= COALESCE(
    (SELECT DISTINCT key FROM monitor WHERE key > $2 AND key <= $3 AND $4::bigint IS NOT NULL
      ORDER BY key LIMIT 1 OFFSET $4::bigint - 1),
    $3)`,
  'key, env',
)
const RANGE_IN_ENV = select('key > $2 AND key <= $3 AND env = $5', 'key LIMIT $4::bigint')

/** Sorted by key. */
export async function readMonitors(queries: Queries, query: MonitorQuery = {}): Promise<Monitor[]> {
  const { recent = 30 } = query
  const rows = await readRows(queries, query, recent)
  return rowsByKey(rows).map(([key, environments]) =>
    combineEnvironments(key, environments.map(environmentOf), newestRuns(environments.map(runsOf), recent)),
  )
}

async function readRows(
  { query }: Queries,
  { key, keys, env, limit, ...range }: MonitorQuery,
  recent: number,
): Promise<Row[]> {
  const listed = (key === undefined ? keys : [key])?.map(withoutNul)
  if (listed !== undefined) {
    return env === undefined
      ? query<Row>(KEYS, [recent, listed], 'monitors')
      : query<Row>(KEYS_IN_ENV, [recent, listed, withoutNul(env)], 'monitors-in-env')
  }
  const { after, upTo } = boundsOf(range)
  const page = [recent, withoutNul(after), withoutNul(upTo), limit ?? null]
  return env === undefined
    ? query<Row>(RANGE, page, 'monitors-in-range')
    : query<Row>(RANGE_IN_ENV, [...page, withoutNul(env)], 'monitors-in-range-and-env')
}

function environmentOf(row: Row): MonitorEnvironment {
  const { running_since: runningSince, durations: count, longest } = row
  const longAt = runningSince === null ? undefined : longRunAt(runningSince, { count, longest })
  return {
    ...readEnvironment(row, monitorFromRow(row)),
    ...(longAt !== undefined && { longRunAt: longAt }),
  }
}

/** Oldest first. */
function runsOf({ key, env, runs, message }: Row): Run[] {
  if (runs === null) return []
  const packed = JSON.parse(runs) as PackedRun[]
  return packed
    .map((run, index) =>
      runFromRow({ ...unpackRun(run, { monitor_key: key, env }), message: index === 0 ? message : null }),
    )
    .reverse()
}

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

/** Two statements: `plain` reads no runs, so that PostgreSQL does not look for any. */
interface Statement {
  readonly name: string
  readonly plain: string
  /** Its last parameter is how many runs are wanted of each monitor. */
  readonly withRuns: string
}

/** Everything is found by index, for each monitor. `parameters`: how many `condition` and `order` have. */
function statement(name: string, parameters: number, condition: string, order: string): Statement {
  const select = (columns: string, joins: string) => `
    SELECT ${MONITOR_COLUMNS}, last_event_at, running_since, d.durations, d.longest, ${columns}
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
    ${joins}
    ORDER BY key, env`
  const recent = `$${parameters + 1}::bigint`
  const runs = `
    CROSS JOIN LATERAL (
      SELECT json_agg(json_build_array(${PACKED_RUN_COLUMNS}))::text AS runs
      FROM (SELECT r.*, ${LOST} AS lost FROM run r WHERE monitor = m.id ORDER BY id DESC LIMIT ${recent}) r
    ) l
    LEFT JOIN LATERAL (
      SELECT ${RUN_MESSAGE} AS message FROM run r WHERE monitor = m.id ORDER BY id DESC LIMIT 1
    ) n ON true`
  return {
    name,
    plain: select('NULL::text AS runs, NULL::text AS message', ''),
    withRuns: select('l.runs, n.message', runs),
  }
}

const KEYS = statement('monitors', 1, 'key = ANY ($1::text[])', 'key, env')
const KEYS_IN_ENV = statement('monitors-in-env', 2, 'key = ANY ($1::text[]) AND env = $2', 'key')
/** $3 is how many monitors are wanted; NULL for all. */
const RANGE = statement(
  'monitors-in-range',
  3,
  `key > $1 AND key <= COALESCE(
    (SELECT DISTINCT key FROM monitor WHERE key > $1 AND key <= $2 AND $3::bigint IS NOT NULL
      ORDER BY key LIMIT 1 OFFSET $3::bigint - 1),
    $2)`,
  'key, env',
)
const RANGE_IN_ENV = statement(
  'monitors-in-range-and-env',
  4,
  'key > $1 AND key <= $2 AND env = $4',
  'key LIMIT $3::bigint',
)

/** Sorted by key. */
export async function readMonitors(queries: Queries, query: MonitorQuery = {}): Promise<Monitor[]> {
  const { recent = 30 } = query
  const rows = await readRows(queries, query, recent)
  return rowsByKey(rows).map(([key, environments]) =>
    combineEnvironments(key, environments.map(environmentOf), newestRuns(environments.map(runsOf), recent)),
  )
}

function readRows(
  { query }: Queries,
  { key, keys, env, limit, ...range }: MonitorQuery,
  recent: number,
): Promise<Row[]> {
  const rows = ({ name, plain, withRuns }: Statement, values: readonly unknown[]) =>
    recent === 0
      ? query<Row>(plain, values, `${name}-without-runs`)
      : query<Row>(withRuns, [...values, recent], name)
  const listed = (key === undefined ? keys : [key])?.map(withoutNul)
  if (listed !== undefined) {
    return env === undefined ? rows(KEYS, [listed]) : rows(KEYS_IN_ENV, [listed, withoutNul(env)])
  }
  const { after, upTo } = boundsOf(range)
  const page = [withoutNul(after), withoutNul(upTo), limit ?? null]
  return env === undefined ? rows(RANGE, page) : rows(RANGE_IN_ENV, [...page, withoutNul(env)])
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

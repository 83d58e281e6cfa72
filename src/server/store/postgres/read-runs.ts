/** Reads runs. */

import type { Run } from '../../monitors/monitors.ts'
import { type ReadRun, runFromRow } from '../model/run-row.ts'
import type { RunQuery } from '../store.ts'
import type { Queries } from './queries.ts'
import { withoutNul } from './without-nul.ts'

/** An open run `r` is lost if a newer run of the monitor in the same environment has ended. */
export const LOST = `(r.ended_at IS NULL AND EXISTS (
    SELECT 1 FROM run n WHERE n.monitor = r.monitor AND n.at > r.at AND n.ended_at IS NOT NULL
  ))`

export const RUN_MESSAGE = `COALESCE(
    (SELECT message FROM event WHERE id = r.end_event),
    (SELECT message FROM event WHERE id = r.start_event)
  )`

/** `runs`: an SQL expression for ids of runs `r`, which are sorted and limited already. */
const selectRuns = (runs: string) => `
  SELECT r.id, m.key AS monitor_key, r.series, m.env, r.host, r.started_at, r.ended_at, r.end_state,
    ${LOST} AS lost, r.reported_duration, r.status_code, ${RUN_MESSAGE} AS message
  FROM (${runs}) r JOIN monitor m ON m.id = r.monitor ORDER BY r.id DESC`

const ALL = selectRuns('SELECT * FROM run WHERE id < $1 ORDER BY id DESC LIMIT $2')

const LISTED = selectRuns('SELECT * FROM run WHERE id = ANY ($1::bigint[])')

/**
 * Runs of some monitors: first the newest run of each of them. The page has only runs of those whose newest run is among
 * the newest; if there are as many as the page is long, it has none that is older than all of these. One scan over all runs
 * would pass those of the other monitors.
 */
const runsOf = (monitors: string) =>
  selectRuns(`
    WITH latest AS MATERIALIZED (
      SELECT m.id, n.id AS newest
      FROM monitor m CROSS JOIN LATERAL (
        SELECT id FROM run WHERE monitor = m.id AND id < $1 ORDER BY id DESC LIMIT 1
      ) n
      WHERE ${monitors} ORDER BY n.id DESC LIMIT $2
    )
    SELECT p.* FROM latest CROSS JOIN LATERAL (
      SELECT * FROM run
      WHERE monitor = latest.id AND id < $1
        AND id >= (SELECT CASE WHEN COUNT(*) = $2 THEN MIN(newest) ELSE 0 END FROM latest)
      ORDER BY id DESC LIMIT $2
    ) p
    ORDER BY p.id DESC LIMIT $2`)

const OF_ENV = runsOf('m.env = $3')
const OF_KEY = runsOf('m.key = $3')
const OF_MONITOR = runsOf('m.key = $3 AND m.env = $4')

/** Newest first. */
export async function readRuns(
  { query }: Queries,
  { monitorKey, env, limit, before }: RunQuery,
): Promise<Run[]> {
  const page = [before ?? Number.MAX_SAFE_INTEGER, limit]
  const rows = () => {
    if (monitorKey === undefined) {
      return env === undefined
        ? query<ReadRun>(ALL, page, 'runs')
        : query<ReadRun>(OF_ENV, [...page, withoutNul(env)], 'runs-of-env')
    }
    const key = withoutNul(monitorKey)
    return env === undefined
      ? query<ReadRun>(OF_KEY, [...page, key], 'runs-of-key')
      : query<ReadRun>(OF_MONITOR, [...page, key, withoutNul(env)], 'runs-of-monitor')
  }
  return (await rows()).map(runFromRow)
}

/** By their ids; those that do not exist any more are left out. */
export async function readRunsById(
  { query }: Queries,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Run>> {
  if (ids.length === 0) return new Map()
  const rows = await query<ReadRun>(LISTED, [ids], 'runs-by-id')
  return new Map(rows.map(row => [row.id, runFromRow(row)]))
}

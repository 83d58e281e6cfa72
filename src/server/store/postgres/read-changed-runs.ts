/** Reads the runs that have changed since an event. They are found through the events. */

import type { ChangedRuns } from '../store.ts'
import type { Queries } from './queries.ts'
import { readRunsById } from './read-runs.ts'

/** At most so many runs of a monitor that became lost. */
const MAX_LOST = 1000

/**
 * The order of the runs is that of their last change. Then come the open runs that became lost: a newer run has ended since
 * event $1, and none had before it.
 *
 * `last_event` is as old as the events that are found. Ids ascend in the order of commits, so nothing below it comes later.
 */
const CHANGED = `
  WITH page AS MATERIALIZED (SELECT id, run FROM event WHERE id > $1 ORDER BY id LIMIT $2),
  changed AS MATERIALIZED (
    SELECT p.run AS id, p.first, p.last, r.monitor, r.at, r.ended_at
    FROM (SELECT run, MIN(id) AS first, MAX(id) AS last FROM page WHERE run IS NOT NULL GROUP BY run) p JOIN run r ON r.id = p.run
  ),
  lost AS (
    SELECT e.first, l.at, l.id FROM (
      SELECT monitor, MIN(first) AS first, MAX(at) AS at FROM changed WHERE ended_at IS NOT NULL GROUP BY monitor
    ) e CROSS JOIN LATERAL (
      SELECT r.id, r.at FROM run r
      WHERE r.monitor = e.monitor AND r.at < e.at AND r.ended_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM run n
        WHERE n.monitor = r.monitor AND n.at > r.at AND n.ended_at IS NOT NULL AND n.end_event <= $1
      )
      ORDER BY r.at DESC LIMIT ${MAX_LOST}
    ) l
    WHERE l.id NOT IN (SELECT id FROM changed)
  )
  SELECT h.last_event, (SELECT COUNT(*) FROM page) AS examined, (SELECT MAX(id) FROM page) AS last_examined,
    (SELECT json_agg(id ORDER BY last)::text FROM changed) AS changed,
    (SELECT json_agg(id ORDER BY first, at DESC)::text FROM lost) AS lost
  FROM head h`

interface Changed {
  readonly last_event: number
  readonly examined: number
  readonly last_examined: number | null
  /** JSON lists of ids. */
  readonly changed: string | null
  readonly lost: string | null
}

export async function readChangedRuns(
  queries: Queries,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<ChangedRuns> {
  const [found] = await queries.query<Changed>(CHANGED, [after, limit], 'changed-runs')
  if (found === undefined) throw new Error('the row of the table head is missing')
  const ids = [...idsOf(found.changed), ...idsOf(found.lost)]
  const runs = await readRunsById(queries, ids)
  return {
    runs: ids.flatMap(id => runs.get(id) ?? []),
    // Events after the last one of the page may have been pruned, so ids have gaps.
    next: found.examined < limit ? Math.max(after, found.last_event) : (found.last_examined ?? after),
  }
}

function idsOf(text: string | null): number[] {
  return text === null ? [] : (JSON.parse(text) as number[])
}

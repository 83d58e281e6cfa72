/** Reads the runs that have changed since an event. They are found through the events, so that no index is needed. */

import type { Run } from '../../monitors/monitors.ts'
import type { ChangedRuns } from '../store.ts'
import type { RunReader } from './read-runs.ts'
import type { Sqlite } from './sqlite.ts'

interface EventRow {
  readonly id: number
  readonly monitor: number
  readonly state: string
  readonly series: string | null
}

interface RunRow {
  readonly id: number
  readonly env: string
  readonly at: number
  readonly ended_at: number | null
}

/** The limit of two searches: for the run of an event without a series, and for runs that became lost. */
const MAX_RUNS = 1000

/** `upTo`: rows of runs include all events up to this id. */
export function createChangedRunReader(
  db: Sqlite,
  { run }: RunReader,
  upTo: () => number,
): (page: { readonly after: number; readonly limit: number }) => ChangedRuns {
  const events = db.prepare<EventRow>(
    'SELECT id, monitor, state, series FROM event WHERE id > ? AND id <= ? ORDER BY id LIMIT ?',
  )
  const ofSeries = db.prepare<RunRow>(
    'SELECT id, env, at, ended_at FROM run WHERE monitor = ? AND series = ?',
  )
  const ofEvent = db.prepare<RunRow>(`
    SELECT id, env, at, ended_at FROM (
      SELECT id, env, at, ended_at, start_event, end_event FROM run WHERE monitor = ?1
      ORDER BY id DESC LIMIT ${MAX_RUNS}
    )
    WHERE start_event = ?2 OR end_event = ?2 LIMIT 1`)
  // Open runs that became lost: a newer run has ended since event ?4, and none had before it.
  const lostSince = db.prepare<{ readonly id: number }>(`
    SELECT r.id FROM run r
    WHERE r.monitor = ?1 AND r.env = ?2 AND r.at < ?3 AND r.ended_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM run n
      WHERE n.monitor = r.monitor AND n.env = r.env AND n.at > r.at AND n.ended_at IS NOT NULL AND n.end_event <= ?4
    )
    ORDER BY r.at DESC LIMIT ${MAX_RUNS}`)

  return ({ after, limit }) => {
    const last = upTo()
    const page = events.all(after, last, limit)
    const changed = new Set<number>()
    const ends = new Map<string, { readonly monitor: number; readonly env: string; readonly at: number }>()
    for (const { id, monitor, state, series } of page) {
      if (state === 'ok') continue
      const row = series === null ? ofEvent.get(monitor, id) : ofSeries.get(monitor, series)
      if (row === undefined) continue
      // Moves the run to the end: the order is that of the last change.
      changed.delete(row.id)
      changed.add(row.id)
      const group = JSON.stringify([monitor, row.env])
      const latest = ends.get(group)?.at ?? Number.NEGATIVE_INFINITY
      if (row.ended_at !== null) {
        ends.set(group, { monitor, env: row.env, at: Math.max(latest, row.at) })
      }
    }
    for (const { monitor, env, at } of ends.values()) {
      for (const { id } of lostSince.all(monitor, env, at, after)) changed.add(id)
    }
    // Events after the last one of the page may have been pruned, so ids have gaps.
    const next = page.length < limit ? Math.max(after, last) : (page.at(-1)?.id ?? after)
    return { runs: [...changed].map(run).filter((found): found is Run => found !== undefined), next }
  }
}

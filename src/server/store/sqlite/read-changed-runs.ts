/** Reads the runs that have changed since an event. They are found through the events, so that no index is needed. */

import type { Run } from '../../monitors/monitors.ts'
import type { ChangedRuns } from '../store.ts'
import type { RunReader } from './read-runs.ts'
import { createSeriesRunReader, type SeriesRun } from './series-runs.ts'
import type { Sqlite } from './sqlite.ts'

interface EventRow {
  readonly id: number
  readonly monitor: number
  readonly state: string
  readonly series: string | null
}

interface RunRow {
  readonly id: number
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
  const runsOfSeries = createSeriesRunReader(db)
  const ofEvent = db.prepare<RunRow>(`
    SELECT id, at, ended_at FROM (
      SELECT id, at, ended_at, start_event, end_event FROM run WHERE monitor = ?1
      ORDER BY id DESC LIMIT ${MAX_RUNS}
    )
    WHERE start_event = ?2 OR end_event = ?2 LIMIT 1`)
  // Open runs that became lost: a newer run has ended since event ?3, and none had before it.
  const lostSince = db.prepare<{ readonly id: number }>(`
    SELECT r.id FROM run r
    WHERE r.monitor = ?1 AND r.at < ?2 AND r.ended_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM run n
      WHERE n.monitor = r.monitor AND n.at > r.at AND n.ended_at IS NOT NULL AND n.end_event <= ?3
    )
    ORDER BY r.at DESC LIMIT ${MAX_RUNS}`)

  return ({ after, limit }) => {
    const last = upTo()
    const page = events.all(after, last, limit)
    const changed = new Set<number>()
    const series = new Map<string, readonly SeriesRun[]>()
    // By monitor, the newest run that has ended.
    const ends = new Map<number, number>()
    const ofSeries = (event: EventRow, name: string) => {
      const key = `${event.monitor} ${name}`
      const runs = series.get(key) ?? runsOfSeries(event.monitor, name, event.id)
      series.set(key, runs)
      return runs.find(({ last_event }) => last_event >= event.id)
    }
    for (const event of page) {
      if (event.state === 'ok') continue
      const { id, monitor } = event
      const row = event.series === null ? ofEvent.get(monitor, id) : ofSeries(event, event.series)
      if (row === undefined) continue
      // Moves the run to the end: the order is that of the last change.
      changed.delete(row.id)
      changed.add(row.id)
      if (row.ended_at !== null) {
        ends.set(monitor, Math.max(ends.get(monitor) ?? Number.NEGATIVE_INFINITY, row.at))
      }
    }
    for (const [monitor, at] of ends) {
      for (const { id } of lostSince.all(monitor, at, after)) changed.add(id)
    }
    // Events after the last one of the page may have been pruned, so ids have gaps.
    const next = page.length < limit ? Math.max(after, last) : (page.at(-1)?.id ?? after)
    return { runs: [...changed].map(run).filter((found): found is Run => found !== undefined), next }
  }
}

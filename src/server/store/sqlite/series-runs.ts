/** Finds the runs of a series that its events have changed. */

import type { Sqlite } from './sqlite.ts'

export interface SeriesRun {
  readonly id: number
  readonly at: number
  readonly ended_at: number | null
  /** The last event that changed it. Each run of a series has later events than the run before it. */
  readonly last_event: number
}

/** A series usually has one run; one that is used again may have many. */
const FIRST_ROWS = 4
const NEXT_ROWS = 1000

/** The function returns the runs that have changed with event `since` or a later one, oldest first. */
export function createSeriesRunReader(
  db: Sqlite,
): (monitor: number, series: string, since: number) => readonly SeriesRun[] {
  const select = db.prepare<SeriesRun>(`
    SELECT id, at, ended_at, MAX(COALESCE(start_event, 0), COALESCE(end_event, 0)) AS last_event
    FROM run WHERE monitor = ? AND series = ? AND id < ? ORDER BY id DESC LIMIT ?`)
  return (monitor, series, since) => {
    const runs: SeriesRun[] = []
    for (let limit = FIRST_ROWS; ; limit = NEXT_ROWS) {
      const rows = select.all(monitor, series, runs.at(-1)?.id ?? Number.MAX_SAFE_INTEGER, limit)
      runs.push(...rows.filter(run => run.last_event >= since))
      const oldest = rows.at(-1)
      if (rows.length < limit || oldest === undefined || oldest.last_event < since) return runs.reverse()
    }
  }
}

/** Finds the run of an end without a series. */

import { RUN_COLUMNS, type RunRow } from '../../model/merge-run.ts'
import type { RunEvent } from '../../model/run-event.ts'
import type { Sqlite } from '../sqlite.ts'

/** How many open runs are searched. */
const MAX_SEARCHED = 1000

export type FindOpenRun = (monitor: number, event: RunEvent) => RunRow | undefined

/**
 * Finds the newest open run without a series that started before the event happened, and whose host does not contradict
 * the event's.
 */
export function createOpenRunFinder(db: Sqlite): FindOpenRun {
  const select = db.prepare<RunRow>(`
    SELECT * FROM (
      SELECT ${RUN_COLUMNS.join(', ')} FROM run
      WHERE monitor = ?1 AND ended_at IS NULL AND series IS NULL AND at <= ?2
      ORDER BY at DESC, id DESC LIMIT ${MAX_SEARCHED}
    )
    WHERE (?3 IS NULL OR host IS NULL OR host = ?3)
    LIMIT 1`)
  return (monitor, { happenedAt, host }) => select.get(monitor, happenedAt, host)
}

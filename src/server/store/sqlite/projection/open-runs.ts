/** Finds the run that an end without a series is of. */

import type { RunEvent } from '../run-event.ts'
import type { Sqlite } from '../sqlite.ts'
import type { RunRow } from './merge-run.ts'

/** How many open runs are looked at. */
const MOST_OPEN = 1000

/** The newest open run without a series that had begun by then, and does not contradict the event. */
export function openRuns(
  db: Sqlite,
  columns: string,
): (monitor: number, event: RunEvent) => RunRow | undefined {
  const openOne = db.prepare<RunRow>(`
    SELECT * FROM (
      SELECT ${columns} FROM run
      WHERE monitor = ?1 AND ended_at IS NULL AND series IS NULL AND at <= ?2
      ORDER BY at DESC, id DESC LIMIT ${MOST_OPEN}
    )
    WHERE (?3 = '' OR env = '' OR env = ?3) AND (?4 IS NULL OR host IS NULL OR host = ?4)
    LIMIT 1`)
  return (monitor, { happenedAt, env, host }) => openOne.get(monitor, happenedAt, env ?? '', host)
}

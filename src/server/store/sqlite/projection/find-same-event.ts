/**
 * Finds out whether an event with a stamp is one that its run already has. If the sender's clock is ahead, the stamp is later
 * than the recorded end, so that match-series.ts would begin another run.
 */

import type { RunRow } from '../../model/merge-run.ts'
import type { RunEvent } from '../../model/run-event.ts'
import type { Sqlite } from '../sqlite.ts'

export type HasSameEvent = (run: RunRow, event: RunEvent) => boolean

export function createSameEventFinder(db: Sqlite): HasSameEvent {
  const select = db.prepare('SELECT 1 FROM event WHERE id IN (?, ?) AND state = ? AND stamp = ?')
  return ({ start_event, end_event }, { state, stamp }) =>
    stamp !== null && select.get(start_event, end_event, state, stamp) !== undefined
}

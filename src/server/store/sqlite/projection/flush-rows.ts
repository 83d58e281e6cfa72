/** Writes the pending rows of monitors, and the event up to which all rows are written. */

import { createCursors } from '../cursors.ts'
import type { MonitorTable } from '../monitor-table.ts'
import type { Sqlite } from '../sqlite.ts'
import type { PendingEvents } from './pending-events.ts'
import type { RunTable } from './run-table.ts'

/** The cursor with the id up to which all rows include the events. */
export const WRITTEN_UP_TO = 'derived'

export interface RowFlusher {
  /** To be called in a transaction. `lastApplied` is the id of the newest event that is applied in memory. */
  readonly flush: (names: readonly string[], lastApplied: number) => void
  /** The rows in the database include all events up to this id. */
  readonly writtenUpTo: () => number
}

export function createRowFlusher(
  db: Sqlite,
  {
    monitors,
    runs,
  }: { readonly monitors: Pick<MonitorTable, 'flush'>; readonly runs: Pick<RunTable, 'flush'> },
  pending: PendingEvents,
): RowFlusher {
  const cursors = createCursors(db)
  return {
    flush: (names, lastApplied) => {
      const ids = pending.remove(names)
      if (ids.length === 0) return
      runs.flush(ids)
      monitors.flush(names)
      const oldest = pending.oldestEvent()
      cursors.write(WRITTEN_UP_TO, oldest === undefined ? lastApplied : oldest - 1)
    },
    writtenUpTo: () => cursors.read(WRITTEN_UP_TO),
  }
}

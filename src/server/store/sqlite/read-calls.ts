/** The calls that only read. They see the rows that are written (projection/); whoever calls them flushes before. */

import type { KeyRange, MonitorQuery, RunQuery, Totals } from '../store.ts'
import { createCursors } from './cursors.ts'
import { WRITTEN_UP_TO } from './projection/flush-rows.ts'
import { createChangedRunReader } from './read-changed-runs.ts'
import { createChangeReader, createEventReader } from './read-events.ts'
import { createMonitorReader } from './read-monitors.ts'
import { createRunReader } from './read-runs.ts'
import { createTotalsReader } from './read-totals.ts'
import type { Sqlite } from './sqlite.ts'

export type ReadCalls = ReturnType<typeof createReadCalls>

/** The names of all of them. */
export const READ_CALLS = {
  events: true,
  monitors: true,
  runs: true,
  changedRuns: true,
  totals: true,
  runsUpTo: true,
  changes: true,
} as const satisfies Record<keyof ReadCalls, true>

interface Page {
  /** Only rows with a larger id. */
  readonly after: number
  readonly limit: number
}

export function createReadCalls(db: Sqlite) {
  const cursors = createCursors(db)
  const runsUpTo = () => cursors.read(WRITTEN_UP_TO)
  const runs = createRunReader(db)
  const monitors = createMonitorReader(db, runs)
  const events = createEventReader(db)
  const changes = createChangeReader(db, runs)
  const changedRuns = createChangedRunReader(db, runs, runsUpTo)
  const totals = createTotalsReader(db)
  return {
    events: (page: Page) => events(page),
    monitors: (query?: MonitorQuery) => monitors(query),
    runs: (query: RunQuery) => runs.runs(query),
    changedRuns: (page: Page) => changedRuns(page),
    totals: (range?: KeyRange): Totals => totals(range),
    runsUpTo: () => runsUpTo(),
    changes: (page: Page) => changes(page),
  }
}

/** The calls that only read. They see the rows that are written (projection/); whoever calls them flushes before. */

import type { Monitor } from '../../monitors/monitors.ts'
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
    monitors: (query?: MonitorQuery) => sliceOf(monitors(query), query),
    runs: (query: RunQuery) => runs.runs(query),
    changedRuns: (page: Page) => changedRuns(page),
    totals: (range?: KeyRange): Totals => totalsIn(totals(), range),
    runsUpTo: () => runsUpTo(),
    changes: (page: Page) => changes(page),
  }
}

function sliceOf(monitors: readonly Monitor[], { keys, after, upTo, limit }: MonitorQuery = {}): Monitor[] {
  return monitors
    .filter(({ key }) => isIn(key, { after, upTo }) && (keys?.includes(key) ?? true))
    .slice(0, limit)
}

function totalsIn({ events, runs, lastSuccess }: Totals, range: KeyRange = {}): Totals {
  const inRange = ({ monitorKey }: { readonly monitorKey: string }) => isIn(monitorKey, range)
  return {
    events: events.filter(inRange),
    runs: runs.filter(inRange),
    lastSuccess: lastSuccess.filter(inRange),
  }
}

function isIn(
  key: string,
  { after, upTo }: { after?: string | undefined; upTo?: string | undefined },
): boolean {
  return (after === undefined || key > after) && (upTo === undefined || key <= upTo)
}

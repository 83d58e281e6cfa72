/**
 * All calls to the database, synchronous. Add a new call here: the thread's channel (thread/) passes on every function
 * of the engine, and the store (engine-store.ts) offers those that it does not replace.
 */

import type { Expectation } from '../../monitors/monitors.ts'
import type { MonitorQuery, RunQuery, Totals } from '../store.ts'
import { createCursors } from './cursors.ts'
import { createExpectationWriter } from './expectations.ts'
import { createMonitorTable } from './monitor-table.ts'
import type { FlushLimits } from './projection/pending-events.ts'
import { createProjection } from './projection/projection.ts'
import { createReadFlusher } from './projection/read-flusher.ts'
import { createPruner, type PrunePlace } from './prune.ts'
import { createChangedRunReader } from './read-changed-runs.ts'
import { createChangeReader, createEventReader } from './read-events.ts'
import { createMonitorReader } from './read-monitors.ts'
import { createRunReader } from './read-runs.ts'
import { createTotalsReader } from './read-totals.ts'
import { createEventRecorder } from './record-events.ts'
import { createLastIdReader, pragmaNumber, type Sqlite } from './sqlite.ts'

export type Engine = ReturnType<typeof createEngine>

interface Page {
  /** Only rows with a larger id. */
  readonly after: number
  readonly limit: number
}

export function createEngine(db: Sqlite, limits?: FlushLimits) {
  const monitorTable = createMonitorTable(db)
  const projection = createProjection(db, monitorTable, limits)
  const record = createEventRecorder(db, projection)
  const runs = createRunReader(db)
  const monitors = createMonitorReader(db, runs)
  const events = createEventReader(db)
  const changes = createChangeReader(db, runs)
  const changedRuns = createChangedRunReader(db, runs, projection.writtenUpTo)
  const totals = createTotalsReader(db)
  const expectations = createExpectationWriter(db, monitorTable)
  const prune = createPruner(db)
  const cursors = createCursors(db)
  // The rows with the largest ids may be pruned, so these come from sqlite_sequence.
  const lastEventId = createLastIdReader(db, 'event')
  const lastChangeId = createLastIdReader(db, 'change')

  const { flushIfPossible, flushed, flushDue } = createReadFlusher(db, projection)

  return {
    record: (group: string) => record(group),
    flushDue,
    events: (page: Page) => events(page),
    monitors: flushed((query?: MonitorQuery) => monitors(query)),
    runs: flushed((query: RunQuery) => runs.runs(query)),
    changedRuns: flushed((page: Page) => changedRuns(page)),
    totals: flushed((): Totals => totals()),
    runsUpTo: flushed(() => projection.writtenUpTo()),
    changes: flushed((page: Page) => changes(page)),
    cursor: (name: string) => cursors.read(name),
    setCursor: (name: string, id: number) => cursors.write(name, id),
    size: () => pragmaNumber(db, 'page_count') * pragmaNumber(db, 'page_size'),
    newest: () => ({ event: lastEventId(), change: lastChangeId() }),
    expect: (list: readonly Expectation[], now: number) => {
      projection.flush()
      return expectations.expect(list, Math.round(now))
    },
    markLate: (now: number) => {
      projection.flush()
      return expectations.markLate(Math.round(now))
    },
    pruneStep: (place: PrunePlace, before: number) => {
      projection.flush()
      if (place.part === 'run' || place.part === 'monitor') projection.reset()
      return prune(place, before)
    },
    close: (): void => {
      flushIfPossible()
      try {
        db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
      } catch {
        // The disk may be full. Committed events are in the log, which the next start reads.
      }
      db.close()
    },
  }
}

/** All that is done with the database: one call at a time, each of them whole when it returns. */

import type { Expectation } from '../monitors.ts'
import { type Expecting, expecting } from './expectations.ts'
import { monitorTable } from './monitor-table.ts'
import { type PrunePlace, pruneStep } from './prune.ts'
import { changedRunReader } from './read-changed-runs.ts'
import { readChanges, readEvents } from './read-events.ts'
import { readMonitors } from './read-monitors.ts'
import { runReader } from './read-runs.ts'
import { readTotals } from './read-totals.ts'
import { recordEvents } from './record-events.ts'
import { runTable } from './run-table.ts'
import { lastId, pragmaNumber, type Sqlite } from './sqlite.ts'
import type { MonitorQuery, RunQuery, Totals } from './store.ts'

export type Engine = ReturnType<typeof createEngine>

interface Page {
  readonly after: number
  readonly limit: number
}

export function createEngine(db: Sqlite) {
  const runs = runReader(db)
  const known = monitorTable(db)
  const knownRuns = runTable(db)
  const record = recordEvents(db, known, knownRuns)
  const monitors = readMonitors(db, runs)
  const events = readEvents(db)
  const changes = readChanges(db, runs)
  const totals = readTotals(db)
  const expectations: Expecting = expecting(db, known)
  const prune = pruneStep(db)
  const readCursor = db.prepare<{ readonly id: number }>('SELECT id FROM cursor WHERE name = ?')
  const writeCursor = db.prepare(
    'INSERT INTO cursor (name, id) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET id = excluded.id',
  )
  // The largest id that was ever given: the newest may be pruned.
  const newestEvent = lastId(db, 'event')
  const newestChange = lastId(db, 'change')
  const changedRuns = changedRunReader(db, runs, newestEvent)
  return {
    record: (group: string) => record(group),
    events: (page: Page) => events(page),
    monitors: (query?: MonitorQuery) => monitors(query),
    runs: (query: RunQuery) => runs.runs(query),
    changedRuns: (page: Page) => changedRuns(page),
    totals: (): Totals => totals(),
    changes: (page: Page) => changes(page),
    cursor: (name: string): number => readCursor.get(name)?.id ?? 0,
    setCursor: (name: string, id: number): void => {
      writeCursor.run(name, id)
    },
    size: () => pragmaNumber(db, 'page_count') * pragmaNumber(db, 'page_size'),
    newest: () => ({ event: newestEvent(), change: newestChange() }),
    expect: (list: readonly Expectation[], now: number) => expectations.expect(list, Math.round(now)),
    markLate: (now: number) => expectations.markLate(Math.round(now)),
    pruneStep: (place: PrunePlace, before: number) => {
      if (place.part === 'monitor') known.forget()
      if (place.part === 'run' || place.part === 'monitor') knownRuns.forget()
      return prune(place, before)
    },
    close: (): void => {
      try {
        db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
      } catch {
        // The disk may be full. What was committed is in the log, and is read from there the next time.
      }
      db.close()
    },
  }
}

/** All that is done with the database: one call at a time, each of them whole when it returns. */

import type { Expectation } from '../../monitors/monitors.ts'
import type { MonitorQuery, RunQuery, Totals } from '../store.ts'
import { withoutWaiting } from './database.ts'
import { type Expecting, expecting } from './expectations.ts'
import { monitorTable } from './monitor-table.ts'
import { derived } from './projection/derive.ts'
import type { Amounts } from './projection/unwritten.ts'
import { type PrunePlace, pruneStep } from './prune.ts'
import { changedRunReader } from './read-changed-runs.ts'
import { readChanges, readEvents } from './read-events.ts'
import { readMonitors } from './read-monitors.ts'
import { runReader } from './read-runs.ts'
import { readTotals } from './read-totals.ts'
import { recordEvents } from './record-events.ts'
import { runTable } from './run-table.ts'
import { lastId, pragmaNumber, type Sqlite } from './sqlite.ts'

export type Engine = ReturnType<typeof createEngine>

interface Page {
  readonly after: number
  readonly limit: number
}

export function createEngine(db: Sqlite, amounts?: Amounts) {
  const runs = runReader(db)
  const known = monitorTable(db)
  const behind = derived(db, known, runTable(db), amounts)
  const record = recordEvents(db, known, behind)
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
  const changedRuns = changedRunReader(db, runs, behind.upTo)
  /**
   * The disk is full, or another program writes: there is yet what was written before. Until it can be written, which is
   * tried each second (later-writer.ts), readers do not try it again each time.
   */
  let isStuck = false
  const writeIfPossible = () => {
    if (isStuck || behind.isAllWritten()) return
    try {
      withoutWaiting(db, behind.writeAll)
    } catch {
      isStuck = true
    }
  }
  const reading =
    <Args extends unknown[], Result>(read: (...args: Args) => Result) =>
    (...args: Args): Result => {
      writeIfPossible()
      return read(...args)
    }
  return {
    record: (group: string) => record(group),
    writeOld: (upTo: number) => {
      const left = withoutWaiting(db, () => behind.writeOld(upTo))
      isStuck = false
      return left
    },
    events: (page: Page) => events(page),
    monitors: reading((query?: MonitorQuery) => monitors(query)),
    runs: reading((query: RunQuery) => runs.runs(query)),
    changedRuns: reading((page: Page) => changedRuns(page)),
    totals: reading((): Totals => totals()),
    runsUpTo: reading(() => behind.upTo()),
    changes: reading((page: Page) => changes(page)),
    cursor: (name: string): number => readCursor.get(name)?.id ?? 0,
    setCursor: (name: string, id: number): void => {
      writeCursor.run(name, id)
    },
    size: () => pragmaNumber(db, 'page_count') * pragmaNumber(db, 'page_size'),
    newest: () => ({ event: newestEvent(), change: newestChange() }),
    expect: (list: readonly Expectation[], now: number) => {
      behind.writeAll()
      return expectations.expect(list, Math.round(now))
    },
    markLate: (now: number) => {
      behind.writeAll()
      return expectations.markLate(Math.round(now))
    },
    pruneStep: (place: PrunePlace, before: number) => {
      behind.writeAll()
      if (place.part === 'run' || place.part === 'monitor') behind.forget()
      return prune(place, before)
    },
    close: (): void => {
      writeIfPossible()
      try {
        db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
      } catch {
        // The disk may be full. What was committed is in the log, and is read from there the next time.
      }
      db.close()
    },
  }
}

/** The same calls, answered later. */
export type AsyncEngine = {
  readonly [Name in keyof Engine]: (...args: Parameters<Engine[Name]>) => Promise<ReturnType<Engine[Name]>>
}

/**
 * All calls to the database, synchronous. Add a new call here, or in read-calls.ts if it only reads: the thread's channel
 * (thread/) passes on every function, and the store (engine-store.ts) offers those that it does not replace.
 */

import type { Expectation } from '../../monitors/monitors.ts'
import { createAgeMarks } from './age-marks.ts'
import { createCursors } from './cursors.ts'
import { createExpectationWriter } from './expectations.ts'
import { createMonitorTable } from './monitor-table.ts'
import type { FlushLimits } from './projection/pending-events.ts'
import { createProjection } from './projection/projection.ts'
import { createReadFlusher } from './projection/read-flusher.ts'
import { createPruner, type PruneLimit, type PrunePlace } from './prune.ts'
import { createReadCalls } from './read-calls.ts'
import { createEventRecorder } from './record-events.ts'
import { createRepeater } from './repetitions.ts'
import { createRuleTable } from './rule-table.ts'
import { createLastIdReader, pragmaNumber, type Sqlite } from './sqlite.ts'
import { createStoreProbe } from './store-probe.ts'

export type Engine = ReturnType<typeof createEngine>

export interface EngineOptions {
  /** How many monitors there may be, each environment counted as one. Default: any number. */
  readonly maxMonitors?: number | undefined
  readonly limits?: FlushLimits
}

export function createEngine(db: Sqlite, { maxMonitors, limits }: EngineOptions = {}) {
  const rules = createRuleTable(db)
  const monitorTable = createMonitorTable(db, rules, maxMonitors)
  const projection = createProjection(db, monitorTable, limits)
  const record = createEventRecorder(db, projection)
  const reads = createReadCalls(db)
  const expectations = createExpectationWriter(db, monitorTable, rules)
  const repeater = createRepeater(db)
  const prune = createPruner(db)
  const ageMarks = createAgeMarks(db)
  const storeProbe = createStoreProbe(db)
  const cursors = createCursors(db)
  // The rows with the largest ids may be pruned, so these come from sqlite_sequence.
  const lastEventId = createLastIdReader(db, 'event')
  const lastChangeId = createLastIdReader(db, 'change')
  const newest = () => ({ event: lastEventId(), change: lastChangeId() })

  const { flushIfPossible, flushed, flushDue } = createReadFlusher(db, projection)

  return {
    record: (group: string) => record(group),
    storeProbe: (bytes: number) => storeProbe(bytes),
    /** True until the database could be opened for writing (recovering-engine.ts). */
    isReadOnly: () => false,
    flushDue,
    events: reads.events,
    monitors: flushed(reads.monitors),
    runs: flushed(reads.runs),
    changedRuns: flushed(reads.changedRuns),
    totals: flushed(reads.totals),
    runsUpTo: flushed(reads.runsUpTo),
    changes: flushed(reads.changes),
    cursor: (name: string) => cursors.read(name),
    setCursor: (name: string, id: number, durability?: 'lazy') =>
      durability === 'lazy' ? cursors.writeLazily(name, id) : cursors.write(name, id),
    size: () => pragmaNumber(db, 'page_count') * pragmaNumber(db, 'page_size'),
    newest,
    expect: (list: readonly Expectation[], now: number) => {
      projection.flush()
      return expectations.expect(list, Math.round(now))
    },
    judgeHealth: (now: number, afterId?: number) => {
      projection.flush()
      return expectations.judgeHealth(Math.round(now), afterId)
    },
    countFrom: (now: number) => {
      projection.flush()
      expectations.countFrom(Math.round(now))
    },
    repeatBad: (now: number, everyMs: number, afterId?: number) => {
      projection.flush()
      return repeater(Math.round(now), everyMs, afterId)
    },
    addRunningTime: (ranMs: number) => ageMarks.add(ranMs, newest()),
    newestOlderThan: (ageMs: number) => ageMarks.find(ageMs),
    pruneLimit: (retainMs: number): PruneLimit => ageMarks.takeOlderThan(retainMs),
    pruneStep: (place: PrunePlace, upTo: PruneLimit) => {
      projection.flush()
      const step = prune(place, upTo)
      if (step.isStale) projection.reset()
      return step
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

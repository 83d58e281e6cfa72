/** Rows of runs: changed in memory, and written together by flush(). */

import { matchOfSeries, matchWithoutSeries, mergedRun, runWithEvent } from '../../model/applied-run.ts'
import type { AppliedRuns } from '../../model/apply-event.ts'
import { RUN_COLUMNS, type RunRow } from '../../model/merge-run.ts'
import type { RunEvent } from '../../model/run-event.ts'
import { createOpenRunReader } from '../open-runs.ts'
import { createRowWriter } from '../row-writer.ts'
import { createLastIdReader, type Sqlite } from '../sqlite.ts'
import { createOpenRunFinder } from './find-open-run.ts'
import { createSameEventFinder } from './find-same-event.ts'
import { createRunCache } from './run-cache.ts'

export type SeriesOfMonitor = readonly [monitor: number, series: string]

export interface RunTable extends AppliedRuns {
  /** Loads the newest runs of these series. Call it first in each transaction, with the series of all its events. */
  readonly load: (series: readonly SeriesOfMonitor[]) => void
  /** True if match() searches the database for this event, and rows of the monitor that it must find are pending. */
  readonly needsFlush: (monitor: number, event: RunEvent) => boolean
  /** Writes the pending rows of these monitors. */
  readonly flush: (monitors: readonly number[]) => void
  /** Clears the cache and the pending rows: call it after a rollback, or after rows were removed. */
  readonly reset: () => void
}

/** An event changes no other column of its run. */
const CHANGING = RUN_COLUMNS.filter(column => !['id', 'monitor', 'series', 'earlier_end'].includes(column))

export function createRunTable(db: Sqlite): RunTable {
  // CROSS JOIN: SQLite iterates over the series, and looks up each of them.
  const selectSeries = db.prepare<RunRow>(`
    SELECT ${RUN_COLUMNS.map(column => `r.${column}`).join(', ')}
    FROM json_each(?) j CROSS JOIN run r
    ON r.id = (SELECT MAX(id) FROM run WHERE monitor = j.value ->> 0 AND series = j.value ->> 1)`)
  const write = createRowWriter(
    db,
    RUN_COLUMNS,
    rows => `INSERT INTO run (${RUN_COLUMNS.join(', ')}) VALUES ${rows}
      ON CONFLICT (id) DO UPDATE SET ${CHANGING.map(column => `${column} = excluded.${column}`).join(', ')}`,
  )
  const openRuns = createOpenRunReader(db)
  const findOpenRun = createOpenRunFinder(db)
  const hasSameEvent = createSameEventFinder(db)
  const readLastId = createLastIdReader(db, 'run')
  const cache = createRunCache()
  const pending = createPendingRuns()
  let lastId: number | undefined
  const nextId = () => {
    lastId = (lastId ?? readLastId()) + 1
    return lastId
  }

  return {
    load: series => {
      cache.evict(pending.has)
      const missing = series.filter(([monitor, name]) => cache.get(monitor, name) === undefined)
      if (missing.length === 0) return
      for (const run of selectSeries.all(JSON.stringify(missing))) cache.set(run)
    },
    needsFlush: (monitor, { series, state }) =>
      series === null && state !== 'run' && pending.hasWithoutSeries(monitor),
    match: (monitor, event) =>
      event.series === null
        ? matchWithoutSeries(event.state === 'run' ? undefined : findOpenRun(monitor, event))
        : matchOfSeries(cache.get(monitor, event.series), event, hasSameEvent),
    merge: (monitor, match, event, eventId) => {
      const run = runWithEvent(monitor, match, event, eventId, nextId)
      pending.set(run)
      cache.set(run)
      return mergedRun(match, run)
    },
    runningSince: (monitor, ended) =>
      (ended === undefined ? openRuns.oldest(monitor) : openRuns.oldestWithout(monitor, ended))?.at,
    flush: monitors => {
      const rows = pending.take(monitors)
      write(rows)
      for (const run of rows) if (run.ended_at !== null) cache.markFinished(run)
    },
    reset: () => {
      cache.clear()
      pending.clear()
      lastId = undefined
    },
  }
}

/** Rows that are not written yet. */
function createPendingRuns() {
  const byMonitor = new Map<number, Map<number, RunRow>>()
  const withoutSeries = new Set<number>()
  return {
    has: ({ id, monitor }: RunRow): boolean => byMonitor.get(monitor)?.has(id) ?? false,
    hasWithoutSeries: (monitor: number): boolean => withoutSeries.has(monitor),
    set: (run: RunRow): void => {
      const runs = byMonitor.get(run.monitor) ?? new Map<number, RunRow>()
      byMonitor.set(run.monitor, runs.set(run.id, run))
      if (run.series === null) withoutSeries.add(run.monitor)
    },
    take: (monitors: readonly number[]): RunRow[] => {
      const rows = monitors.flatMap(monitor => [...(byMonitor.get(monitor)?.values() ?? [])])
      for (const monitor of monitors) {
        byMonitor.delete(monitor)
        withoutSeries.delete(monitor)
      }
      return rows
    },
    clear: (): void => {
      byMonitor.clear()
      withoutSeries.clear()
    },
  }
}

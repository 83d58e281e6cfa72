/** Applies events in memory, and remembers which of them are pending. */

import type { NotApplied } from '../../group-commit.ts'
import { applyEvent, monitorOf } from '../../model/apply-event.ts'
import { asIncoming, type Incoming } from '../../model/incoming.ts'
import type { MonitorRow } from '../../model/monitor-row.ts'
import { isOfRun } from '../../model/run-event.ts'
import type { MonitorTable } from '../monitor-table.ts'
import { createLastIdReader, type Sqlite } from '../sqlite.ts'
import { createRowFlusher } from './flush-rows.ts'
import { loadRuns } from './load-runs.ts'
import type { PendingEvents } from './pending-events.ts'
import { createRunTable } from './run-table.ts'
import { createUnappliedEventReader } from './unapplied-events.ts'

export interface EventIds {
  readonly event: number
  readonly monitor: number
}

export interface AppliedGroup {
  /** In the order of the events. */
  readonly ids: readonly (EventIds | NotApplied)[]
  readonly healthChanged: boolean
}

export interface EventApplier {
  /** Applies the stored events that a crash or a rollback has left. Call it first in each transaction. */
  readonly catchUp: () => void
  /** Applies new events, and gives them ids. */
  readonly apply: (events: readonly Incoming[]) => AppliedGroup
  /** Writes the rows of these monitors, and of all monitors whose health has changed. */
  readonly flush: (names: readonly string[]) => void
  /** Clears the in-memory cache, and forgets the pending events: catchUp() applies them again. */
  readonly reset: () => void
  readonly hasPending: () => boolean
  /** The rows in the database include all events up to this id. */
  readonly writtenUpTo: () => number
}

export function createEventApplier(db: Sqlite, monitors: MonitorTable, pending: PendingEvents): EventApplier {
  const tables = { monitors, runs: createRunTable(db) }
  const rows = createRowFlusher(db, tables, pending)
  const lastEventId = createLastIdReader(db, 'event')
  const unappliedPages = createUnappliedEventReader(db)
  /** Names of the monitors whose health has changed since the last flush. */
  const healthChanges = new Set<string>()
  /** The id of the newest applied event; undefined until catchUp(). */
  let lastApplied: number | undefined

  const flushMonitors = (names: readonly string[]) => rows.flush(names, lastApplied ?? 0)
  /** True if applyEvent() searches the runs of the monitor in the database. */
  const needsWrittenRuns = (monitor: MonitorRow, event: Incoming) =>
    monitor.isOverrunning || (isOfRun(event) && tables.runs.needsFlush(monitor.id, event))
  const applyOne = (event: Incoming, id: number): EventIds | NotApplied => {
    const monitor = monitorOf(tables, event)
    if (monitor === undefined) return 'too-many-monitors'
    if (needsWrittenRuns(monitor, event)) flushMonitors([monitor.name])
    const applied = applyEvent(tables, monitor, event, id)
    if (applied === 'repeated') return applied
    if (applied === 'health-changed') healthChanges.add(monitor.name)
    lastApplied = id
    pending.add(monitor, id)
    return { event: id, monitor: monitor.id }
  }
  const hasPending = () =>
    lastApplied === undefined ? rows.writtenUpTo() !== lastEventId() : pending.count() > 0

  return {
    catchUp: () => {
      if (lastApplied !== undefined) return
      for (const page of unappliedPages(rows.writtenUpTo())) {
        const events = page.map(asIncoming)
        loadRuns(tables, events)
        for (const [index, { id }] of page.entries()) {
          const event = events[index]
          if (event !== undefined) applyOne(event, id)
        }
      }
      lastApplied = lastEventId()
    },
    apply: events => {
      loadRuns(tables, events)
      let newest = lastEventId()
      const ids = events.map(event => {
        const applied = applyOne(event, newest + 1)
        if (typeof applied !== 'string') newest += 1
        return applied
      })
      return { ids, healthChanged: healthChanges.size > 0 }
    },
    flush: names => {
      flushMonitors([...new Set([...healthChanges, ...names])])
      healthChanges.clear()
    },
    reset: () => {
      monitors.reset()
      tables.runs.reset()
      pending.clear()
      healthChanges.clear()
      lastApplied = undefined
    },
    hasPending,
    writtenUpTo: () => (hasPending() ? rows.writtenUpTo() : lastEventId()),
  }
}

/**
 * Runs and monitors follow from events. Their rows are changed in memory and written later ("write-behind"), all pending
 * events of a monitor at a time.
 *
 * Why: rows that are written with each event touch pages all over the database, which takes longer than storing the event.
 *
 * Bounds: at most 32,000 events are pending (pending-events.ts), for at most 3 s (flush-timer.ts) unless the disk is full
 * or another program holds the lock. Readers flush first (engine.ts). A change of health is written in the transaction
 * of its event, since notifications follow from it.
 *
 * A crash loses nothing that was acknowledged, since an event is on disk before its sender gets an answer.
 * `monitor.derived` is the last event that a monitor's row includes; the cursor `derived` is the event up to which all
 * rows are written. After a crash or a rollback the later events are read and applied again, in the order of their ids,
 * with the same result.
 */

import type { MonitorTable } from '../monitor-table.ts'
import { asIncoming, type Incoming } from '../packed-events.ts'
import { isOfRun } from '../run-event.ts'
import { createLastIdReader, inTransaction, type Sqlite } from '../sqlite.ts'
import { applyEvent, loadRuns } from './apply-event.ts'
import { createRowFlusher } from './flush-rows.ts'
import { createPendingEvents, FLUSH_LIMITS, type FlushLimits } from './pending-events.ts'
import { createRunTable } from './run-table.ts'
import { createUnappliedEventReader } from './unapplied-events.ts'

/** Which events are still pending: some that are `due`, only more recent ones, or none. */
export type Remaining = 'none' | 'recent' | 'due'

export interface EventIds {
  readonly event: number
  readonly monitor: number
}

export interface AppliedGroup {
  /** In the order of the events; undefined for a repeated event, which must not be stored. */
  readonly ids: readonly (EventIds | undefined)[]
  readonly healthChanged: boolean
}

export interface Projection {
  /** Applies new events, and gives them ids. Runs in the transaction that stores them. */
  readonly apply: (events: readonly Incoming[]) => AppliedGroup
  /** Writes all pending rows, in a separate transaction. Throws SQLite's error. */
  readonly flush: () => void
  /** The same for a part of the rows that are pending since event `due` or an earlier one. */
  readonly flushDue: (due: number) => Remaining
  /** Clears the in-memory cache: call it after a rollback, or after rows were removed. */
  readonly reset: () => void
  readonly hasPending: () => boolean
  /** The rows in the database include all events up to this id. */
  readonly writtenUpTo: () => number
}

export function createProjection(
  db: Sqlite,
  monitors: MonitorTable,
  limits: FlushLimits = FLUSH_LIMITS,
): Projection {
  const tables = { monitors, runs: createRunTable(db) }
  const pending = createPendingEvents(limits)
  const rows = createRowFlusher(db, tables, pending)
  const lastEventId = createLastIdReader(db, 'event')
  const unappliedPages = createUnappliedEventReader(db)
  /** Keys of the monitors whose health has changed since the last flush. */
  const healthChanges = new Set<string>()
  /** The id of the newest applied event; undefined until the events are applied that a crash or a rollback has left. */
  let lastApplied: number | undefined

  const flushMonitors = (keys: readonly string[]) => rows.flush(keys, lastApplied ?? 0)
  const flushWithHealthChanges = (keys: readonly string[]) => {
    flushMonitors([...new Set([...healthChanges, ...keys])])
    healthChanges.clear()
  }
  const applyOne = (event: Incoming, id: number): EventIds | undefined => {
    const monitor = monitors.get(event.monitorKey)
    if (isOfRun(event) && tables.runs.needsFlush(monitor.id, event)) flushMonitors([monitor.key])
    const applied = applyEvent(tables, monitor, event, id)
    if (applied === 'repeated') return undefined
    if (applied === 'health-changed') healthChanges.add(monitor.key)
    lastApplied = id
    pending.add(monitor, id)
    return { event: id, monitor: monitor.id }
  }
  const applyUnapplied = () => {
    if (lastApplied !== undefined) return
    for (const page of unappliedPages(rows.writtenUpTo())) {
      loadRuns(tables, page)
      for (const event of page) applyOne(asIncoming(event), event.id)
    }
    lastApplied = lastEventId()
  }

  const reset = () => {
    monitors.reset()
    tables.runs.reset()
    pending.clear()
    healthChanges.clear()
    lastApplied = undefined
  }
  const hasPending = () =>
    lastApplied === undefined ? rows.writtenUpTo() !== lastEventId() : pending.count() > 0
  const flushInTransaction = (keysToFlush: () => readonly string[]) => {
    if (!hasPending()) return
    try {
      inTransaction(db, () => {
        applyUnapplied()
        flushWithHealthChanges(keysToFlush())
      })
    } catch (error) {
      reset()
      throw error
    }
  }

  return {
    apply: events => {
      applyUnapplied()
      loadRuns(tables, events)
      let newest = lastEventId()
      const ids = events.map(event => {
        const applied = applyOne(event, newest + 1)
        if (applied !== undefined) newest += 1
        return applied
      })
      const healthChanged = healthChanges.size > 0
      flushWithHealthChanges(pending.count() > limits.maxPending ? pending.oldestKeys() : [])
      return { ids, healthChanged }
    },
    flush: () => flushInTransaction(pending.keys),
    flushDue: due => {
      flushInTransaction(() => pending.oldestKeys(due))
      const oldest = pending.oldestEvent()
      if (oldest === undefined) return 'none'
      return oldest <= due ? 'due' : 'recent'
    },
    reset,
    hasPending,
    writtenUpTo: () => (hasPending() ? rows.writtenUpTo() : lastEventId()),
  }
}

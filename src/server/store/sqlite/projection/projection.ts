/**
 * Runs and monitors follow from events. Their rows are changed in memory and written later ("write-behind"), all pending
 * events of a monitor at a time.
 *
 * Why: rows that are written with each event touch pages all over the database, which takes longer than storing the event.
 *
 * Bounds: at most 32,000 events are pending (pending-events.ts), for at most 3 s (flush-timer.ts) unless the disk is full
 * or another program holds the lock. Readers flush first (read-flusher.ts). A change of health is written in the transaction
 * of its event, since notifications follow from it.
 *
 * A crash loses nothing that was acknowledged, since an event is on disk before its sender gets an answer.
 * `monitor.derived` is the last event that a monitor's row includes; the cursor `derived` is the event up to which all
 * rows are written. After a crash or a rollback the later events are read and applied again, in the order of their ids,
 * with the same result.
 */

import type { Incoming } from '../../model/incoming.ts'
import type { MonitorTable } from '../monitor-table.ts'
import { inTransaction, type Sqlite } from '../sqlite.ts'
import { type AppliedGroup, createEventApplier } from './apply-events.ts'
import { createPendingEvents, FLUSH_LIMITS, type FlushLimits } from './pending-events.ts'

/** Which events are still pending: some that are `due`, only more recent ones, or none. */
export type Remaining = 'none' | 'recent' | 'due'

export interface Projection {
  /** Applies new events, and gives them ids. Runs in the transaction that stores them. */
  readonly apply: (events: readonly Incoming[]) => AppliedGroup
  /** Writes all pending rows, in a separate transaction. Throws SQLite's error. */
  readonly flush: () => void
  /** Writes a part of the rows that are pending since event `due` or an earlier one. */
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
  const pending = createPendingEvents(limits)
  const applier = createEventApplier(db, monitors, pending)
  const flushInTransaction = (namesToFlush: () => readonly string[]) => {
    if (!applier.hasPending()) return
    try {
      inTransaction(db, () => {
        applier.catchUp()
        applier.flush(namesToFlush())
      })
    } catch (error) {
      applier.reset()
      throw error
    }
  }
  return {
    apply: events => {
      applier.catchUp()
      const applied = applier.apply(events)
      applier.flush(pending.count() > limits.maxPending ? pending.nextNames() : [])
      return applied
    },
    flush: () => flushInTransaction(pending.names),
    flushDue: due => {
      flushInTransaction(() => pending.nextNames(due))
      const oldest = pending.oldestEvent()
      if (oldest === undefined) return 'none'
      return oldest <= due ? 'due' : 'recent'
    },
    reset: applier.reset,
    hasPending: applier.hasPending,
    writtenUpTo: applier.writtenUpTo,
  }
}

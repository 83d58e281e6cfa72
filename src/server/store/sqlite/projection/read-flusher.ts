/** Flushes pending rows before they are read, without waiting for the lock of another program. */

import { withoutWaiting } from '../database.ts'
import type { Sqlite } from '../sqlite.ts'
import type { Projection, Remaining } from './projection.ts'

export interface ReadFlusher {
  readonly flushIfPossible: () => void
  /** Wraps a function that reads rows which the projection writes. */
  readonly flushed: <Args extends unknown[], Result>(
    read: (...args: Args) => Result,
  ) => (...args: Args) => Result
  /** Projection.flushDue without waiting. The flush timer calls it every second. */
  readonly flushDue: (due: number) => Remaining
}

export function createReadFlusher(
  db: Sqlite,
  projection: Pick<Projection, 'flush' | 'flushDue' | 'hasPending'>,
): ReadFlusher {
  /**
   * True after a failed flush: the disk is full, or another program holds the lock. Readers then get the older rows, and
   * do not try to flush again until flushDue has succeeded.
   */
  let isFailing = false
  const flushIfPossible = () => {
    if (isFailing || !projection.hasPending()) return
    try {
      withoutWaiting(db, projection.flush)
    } catch {
      isFailing = true
    }
  }
  return {
    flushIfPossible,
    flushed:
      read =>
      (...args) => {
        flushIfPossible()
        return read(...args)
      },
    flushDue: due => {
      const remaining = withoutWaiting(db, () => projection.flushDue(due))
      isFailing = false
      return remaining
    },
  }
}

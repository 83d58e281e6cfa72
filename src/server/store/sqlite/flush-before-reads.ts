/** Writes pending rows before they are read, in small transactions, so that events are committed in between. */

import { shareNext } from '../../../system/share-next.ts'
import type { KeyRange } from '../store.ts'
import type { AsyncEngine, AsyncReadCalls } from './thread/async-engine.ts'

export interface FlushBeforeReads {
  readonly reader: AsyncReadCalls
  /** Engine.flushDue, for the flush timer. */
  readonly flushDue: AsyncEngine['flushDue']
  /** Resolves when the rows of all events that are stored now are written, or cannot be. */
  readonly flush: () => Promise<void>
  /** Call it after each commit. */
  readonly onCommitted: () => void
}

export function flushBeforeReads(
  engine: Pick<AsyncEngine, 'flushDue' | 'newest'>,
  reader: AsyncReadCalls,
): FlushBeforeReads {
  let commits = 0
  /** The number of commits whose rows are written. A crash may have left events of commits before the first. */
  let flushedCommits = -1
  /**
   * True after a failed flush: the disk is full, or another program holds the lock. Readers then get the older rows, and
   * do not try to flush again until the flush timer has succeeded.
   */
  let isFailing = false

  const flushDue = async (due: number) => {
    const remaining = await engine.flushDue(due)
    isFailing = false
    return remaining
  }
  const flushAll = shareNext(async () => {
    const upTo = commits
    try {
      const { event } = await engine.newest()
      while ((await flushDue(event)) === 'due');
      flushedCommits = upTo
    } catch {
      isFailing = true
    }
  })
  const flush = async () => {
    if (flushedCommits !== commits && !isFailing) await flushAll()
  }
  const flushed =
    <Args extends unknown[], Result>(read: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await flush()
      return read(...args)
    }

  return {
    reader: {
      // No rows but those of the events themselves.
      events: reader.events,
      monitors: async query => {
        if (isFirstSlice(query)) await flush()
        return reader.monitors(query)
      },
      runs: flushed(reader.runs),
      changedRuns: flushed(reader.changedRuns),
      totals: async range => {
        if (isFirstSlice(range)) await flush()
        return reader.totals(range)
      },
      runsUpTo: flushed(reader.runsUpTo),
      changes: flushed(reader.changes),
    },
    flushDue,
    flush,
    onCommitted: () => {
      commits += 1
    },
  }
}

/** A read in slices includes the events that were stored before it began. More flushes would slow down the writer. */
function isFirstSlice(range: KeyRange = {}): boolean {
  return range.after === undefined
}

/** The store, over an engine in this thread or in another one. */

import { createGroupCommit, type GroupCommitOptions } from '../group-commit.ts'
import { inSteps, type StepContext } from '../model/in-steps.ts'
import { storable } from '../model/incoming.ts'
import type { News, Store } from '../store.ts'
import { createWriteState, type WriteState } from '../write-state.ts'
import { flushBeforeReads } from './flush-before-reads.ts'
import { packEvents } from './packed-events.ts'
import { createFlushTimer } from './projection/flush-timer.ts'
import { pruneInSteps } from './prune-in-steps.ts'
import type { AsyncEngine, AsyncReadCalls } from './thread/async-engine.ts'

/** `reader`: a second connection, so that no event waits for a read. By default the engine itself reads. */
export function createEngineStore(
  engine: AsyncEngine,
  wallClock: () => number,
  reader: AsyncReadCalls = engine,
): Store {
  const {
    record,
    storeProbe,
    addRunningTime,
    newestOlderThan,
    pruneLimit,
    pruneStep,
    expect,
    judgeHealth,
    repeatBad,
    countFrom,
    close,
    cursor,
    setCursor,
    size,
    newest,
  } = engine
  const { flush, flushDue, onCommitted, reader: flushedReader } = flushBeforeReads(engine, reader)
  const listeners = new Set<(news: News) => void>()
  const notify = (news: News) => {
    if (news.events.length === 0 && !news.healthChanged) return
    for (const listener of listeners) listener(news)
  }

  const flushTimer = createFlushTimer({ flushDue, newest })
  // A crash may have left events that are not applied yet.
  flushTimer.start()

  const writes = createWriteState({ probe: storeProbe, read: newest })
  const commits = createGroupCommit({
    commit: observedCommit(record, writes),
    onCommitted: news => {
      onCommitted()
      flushTimer.start()
      notify(news)
    },
  })

  let closed: Promise<void> | undefined
  const steps: StepContext = {
    onStep: ({ healthChanged }) => notify({ events: [], healthChanged }),
    isClosed: () => closed !== undefined,
  }
  return {
    ...flushedReader,
    cursor,
    setCursor,
    // Nobody else sets it.
    moveCursor: (name, _from, to) => setCursor(name, to).then(() => true),
    size,
    newest,
    now: wallClock,
    peers: undefined,
    record: event =>
      closed === undefined
        ? commits.record(storable(event))
        : Promise.reject(new Error('the store is closed')),
    check: writes.check,
    onWriteProblem: writes.onChange,
    expect: async expectations => {
      await flush()
      const { healthChanged } = await expect(expectations, wallClock())
      notify({ events: [], healthChanged })
    },
    judgeHealth: async now => {
      await flush()
      return inSteps(afterId => judgeHealth(now, afterId), steps)
    },
    repeatBad: async (now, everyMs) => {
      await flush()
      return inSteps(afterId => repeatBad(now, everyMs, afterId), steps)
    },
    countFrom,
    addRunningTime,
    newestOlderThan,
    prune: async retainMs =>
      pruneInSteps(await pruneLimit(retainMs), { pruneStep, flush, isClosed: () => closed !== undefined }),
    onStored: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      if (closed === undefined) {
        flushTimer.stop()
        writes.stop()
        closed = commits.finish().then(close)
      }
      return closed
    },
  }
}

/** Records a group, and notes whether events can be stored. */
function observedCommit(record: AsyncEngine['record'], writes: WriteState): GroupCommitOptions['commit'] {
  return async events => {
    const group = packEvents(events)
    try {
      const recorded = await record(group)
      // If all events of a group are repetitions, nothing was written: the disk may still be full.
      if (recorded.ids.some(id => typeof id === 'number')) writes.stored()
      return recorded
    } catch (error) {
      writes.failed(error, group.length)
      throw error
    }
  }
}

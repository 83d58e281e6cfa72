/** The store on PostgreSQL, over a database that may be away. */

import { createGroupCommit } from '../group-commit.ts'
import { inSteps, type StepContext } from '../model/in-steps.ts'
import { storable } from '../model/incoming.ts'
import type { Peers } from '../peers.ts'
import type { News, Store } from '../store.ts'
import { createWriteState } from '../write-state.ts'
import { addRunningTime, findOlderThan, takeOlderThan } from './age-marks.ts'
import { moveCursor, readCursor, writeCursor } from './cursors.ts'
import type { Database } from './database.ts'
import { countRulesFrom, setExpectations, setRulesStep } from './expectations.ts'
import { judgeHealthStep } from './judge-health.ts'
import { readNewest, readSize } from './newest.ts'
import { probeWriting } from './probe.ts'
import { pruneTables } from './prune.ts'
import { readChangedRuns } from './read-changed-runs.ts'
import { readChanges, readEvents } from './read-events.ts'
import { readMonitors } from './read-monitors.ts'
import { readRuns } from './read-runs.ts'
import { readTotals } from './read-totals.ts'
import { recordBatch } from './record-batch.ts'
import { repeatBadStep } from './repetitions.ts'

export interface PostgresStoreOptions {
  readonly database: Database
  /** The id of this server. No other server has the same one. */
  readonly server: string
  /** The clock of all servers, in milliseconds since 1970. */
  readonly now: () => number
  readonly peers: Peers | undefined
  readonly maxMonitors: number
  /** Calls the listeners. */
  readonly tell: (news: News) => void
  readonly listen: Store['onStored']
}

export function createPostgresStore(options: PostgresStoreOptions): Store {
  const { database, server, now, peers, maxMonitors, tell, listen } = options
  const { read, write } = database
  const notify = (news: News) => {
    if (news.events.length > 0 || news.healthChanged) tell(news)
  }
  const newest = () => read(readNewest)
  const writes = createWriteState({ probe: bytes => probeWriting({ write }, bytes), read: newest })
  const commits = createGroupCommit({
    commit: async events => {
      try {
        const recorded = await recordBatch(database, events, { maxMonitors })
        // A group of repetitions alone writes nothing: the disk may still be full.
        if (recorded.ids.some(id => typeof id === 'number')) writes.stored()
        return recorded
      } catch (error) {
        writes.failed(error, Buffer.byteLength(JSON.stringify(events)))
        throw error
      }
    },
    onCommitted: notify,
  })
  let closed: Promise<void> | undefined
  const isClosed = () => closed !== undefined
  const steps: StepContext = {
    onStep: ({ healthChanged }) => notify({ events: [], healthChanged }),
    isClosed,
  }
  return {
    record: event =>
      isClosed() ? Promise.reject(new Error('the store is closed')) : commits.record(storable(event)),
    events: query => read(queries => readEvents(queries, query)),
    monitors: query => read(queries => readMonitors(queries, query)),
    runs: query => read(queries => readRuns(queries, query)),
    changedRuns: query => read(queries => readChangedRuns(queries, query)),
    runsUpTo: async () => (await newest()).event,
    totals: range => read(queries => readTotals(queries, range)),
    changes: query => read(queries => readChanges(queries, query)),
    cursor: name => read(queries => readCursor(queries, name)),
    setCursor: (name, id, durability) => read(queries => writeCursor(queries, name, id, durability)),
    moveCursor: (name, from, to) => read(queries => moveCursor(queries, name, from, to)),
    size: () => read(readSize),
    newest,
    check: writes.check,
    onWriteProblem: writes.onChange,
    expect: async expectations => {
      const since = Math.round(now())
      const wanted = await setExpectations(database, expectations, since)
      await inSteps(afterId => setRulesStep(database, wanted, since, afterId), steps)
    },
    judgeHealth: at => inSteps(afterId => judgeHealthStep(database, Math.round(at), afterId), steps),
    repeatBad: (at, everyMs) =>
      inSteps(afterId => repeatBadStep(database, Math.round(at), everyMs, afterId), steps),
    countFrom: at => countRulesFrom(database, Math.round(at)),
    addRunningTime: ranMs => addRunningTime(database, { ranMs, owner: server, now: now() }),
    newestOlderThan: ageMs => read(queries => findOlderThan(queries, ageMs)),
    prune: async retainMs => {
      const upTo = await read(queries => takeOlderThan(queries, retainMs))
      return pruneTables(database, { upTo, isClosed })
    },
    onStored: listen,
    now,
    peers,
    close: () => {
      if (closed === undefined) {
        writes.stop()
        closed = commits.finish().then(database.close)
      }
      return closed
    },
  }
}

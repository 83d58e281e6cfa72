/** The store over an engine, be it in this thread or another: what is recorded meanwhile is committed together. */

import type { ReceivedEvent, StoredEvent } from '../event.ts'
import type { News, Recorded, Store } from '../store.ts'
import type { AsyncEngine } from './engine.ts'
import { packEvents, storable } from './packed-events.ts'
import { laterWriter } from './projection/later-writer.ts'
import { PRUNE_START, type PrunePlace } from './prune.ts'

/**
 * More than this are committed in several groups: the first of them are answered, and their senders send more, while the
 * next ones are written. In one large group all would wait for each other by turns.
 */
const LARGEST_GROUP = 250

/** One is written while the next one is on its way; no more, so that load makes groups larger. */
const MOST_UNDER_WAY = 2

interface Waiting {
  readonly event: ReceivedEvent
  readonly resolve: (recorded: Recorded) => void
  readonly reject: (error: unknown) => void
}

export function engineStore(engine: AsyncEngine, wallClock: () => number): Store {
  const listeners = new Set<(news: News) => void>()
  const tell = (news: News) => {
    if (news.events.length === 0 && !news.healthChanged) return
    for (const listener of listeners) listener(news)
  }

  /** The last group could not be stored. */
  let hasFailed = false
  const waiting: Waiting[] = []
  const committing = new Set<Promise<void>>()
  /** A group is gathered in this turn of the event loop. */
  let isGathering = false
  const commitSoon = () => {
    if (waiting.length === 0 || committing.size >= MOST_UNDER_WAY) return
    // The turn may be a long one, and the database would have nothing to do meanwhile.
    if (waiting.length >= LARGEST_GROUP) return commit()
    if (isGathering) return
    isGathering = true
    // What arrives in the same turn of the event loop goes into the group.
    setImmediate(() => {
      isGathering = false
      if (waiting.length > 0 && committing.size < MOST_UNDER_WAY) commit()
    })
  }
  const commit = () => {
    const committed = commitGroup(waiting.splice(0, LARGEST_GROUP)).finally(() => {
      committing.delete(committed)
      commitSoon()
    })
    committing.add(committed)
  }
  const commitGroup = async (group: readonly Waiting[]) => {
    const outcome = engine.record(packEvents(group.map(({ event }) => event)))
    const settled = await settle(outcome)
    hasFailed = !settled.ok
    if (!settled.ok) {
      for (const { reject } of group) reject(settled.error)
      return
    }
    const { ids, healthChanged } = settled.value
    writeLater()
    const events: StoredEvent[] = []
    for (const [index, { event, resolve, reject }] of group.entries()) {
      const id = ids[index]
      if (id === undefined) reject(new Error('the store gave no answer'))
      else if (id === 0) resolve({ kind: 'repeated' })
      else {
        const stored = { ...event, id }
        events.push(stored)
        resolve({ kind: 'stored', event: stored })
      }
    }
    tell({ events, healthChanged })
  }
  const allCommitted = async () => {
    while (waiting.length > 0 || committing.size > 0) {
      if (waiting.length > 0 && committing.size < MOST_UNDER_WAY) commit()
      await Promise.race(committing)
    }
  }

  let closed: Promise<void> | undefined
  const writeLater = laterWriter(engine, () => closed !== undefined)
  writeLater()
  return {
    record: event =>
      new Promise((resolve, reject) => {
        if (closed !== undefined) return reject(new Error('the store is closed'))
        waiting.push({ event: storable(event), resolve, reject })
        commitSoon()
      }),
    events: engine.events,
    monitors: engine.monitors,
    runs: engine.runs,
    changedRuns: engine.changedRuns,
    totals: engine.totals,
    runsUpTo: engine.runsUpTo,
    check: async () => {
      // Written only then: who asks again and again is to cost no sync of the disk.
      if (hasFailed) await engine.setCursor('check', 0)
      else await engine.newest()
      hasFailed = false
    },
    changes: engine.changes,
    cursor: engine.cursor,
    setCursor: engine.setCursor,
    size: engine.size,
    newest: engine.newest,
    expect: async expectations => {
      const { healthChanged } = await engine.expect(expectations, wallClock())
      tell({ events: [], healthChanged })
    },
    markLate: async now => {
      const { healthChanged, nextAt } = await engine.markLate(now)
      tell({ events: [], healthChanged })
      return nextAt
    },
    prune: async before => {
      let removed = 0
      let place: PrunePlace | undefined = PRUNE_START
      while (place !== undefined && closed === undefined) {
        const step: Awaited<ReturnType<AsyncEngine['pruneStep']>> = await engine.pruneStep(place, before)
        removed += step.removed
        place = step.next
      }
      return removed
    },
    onStored: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      closed ??= allCommitted().then(() => engine.close())
      return closed
    },
  }
}

type Settled<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: unknown }

async function settle<Value>(promise: Promise<Value>): Promise<Settled<Value>> {
  try {
    return { ok: true, value: await promise }
  } catch (error) {
    return { ok: false, error }
  }
}

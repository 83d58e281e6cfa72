/** The store over an engine, be it in this thread or another: what is recorded meanwhile is committed together. */

import type { ReceivedEvent } from '../event.ts'
import type { Engine } from './engine.ts'
import { PRUNE_START, type PrunePlace } from './prune.ts'
import { storedOf } from './record-events.ts'
import type { News, Recorded, Store } from './store.ts'

/** The same calls, answered later. */
export type AsyncEngine = {
  readonly [Name in keyof Engine]: (...args: Parameters<Engine[Name]>) => Promise<ReturnType<Engine[Name]>>
}

/** More than this are committed in several groups, so that the first of them need not wait for the last. */
const LARGEST_GROUP = 1000

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

  let waiting: Waiting[] = []
  let committing: Promise<void> | undefined
  const commitAll = async () => {
    // What arrives in the same turn of the event loop goes into the first group.
    await new Promise(resolve => setImmediate(resolve))
    while (waiting.length > 0) {
      const group = waiting.slice(0, LARGEST_GROUP)
      waiting = waiting.slice(LARGEST_GROUP)
      const outcome = await settled(engine.record(group.map(({ event }) => event)))
      if (!outcome.ok) {
        for (const { reject } of group) reject(outcome.error)
        continue
      }
      const { recorded, healthChanged } = outcome.value
      for (const [index, { resolve, reject }] of group.entries()) {
        const own = recorded[index]
        if (own === undefined) reject(new Error('the store gave no answer'))
        else resolve(own)
      }
      tell({ events: storedOf(recorded), healthChanged })
    }
    committing = undefined
  }

  let closed: Promise<void> | undefined
  return {
    record: event =>
      new Promise((resolve, reject) => {
        if (closed !== undefined) return reject(new Error('the store is closed'))
        waiting.push({ event, resolve, reject })
        committing ??= commitAll()
      }),
    events: engine.events,
    monitors: engine.monitors,
    runs: engine.runs,
    changedRuns: engine.changedRuns,
    totals: engine.totals,
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
      closed ??= (committing ?? Promise.resolve()).then(() => engine.close())
      return closed
    },
  }
}

type Settled<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: unknown }

async function settled<Value>(promise: Promise<Value>): Promise<Settled<Value>> {
  try {
    return { ok: true, value: await promise }
  } catch (error) {
    return { ok: false, error }
  }
}

/** The monitors that the page shows, in memory. After a change only the changed monitors are read from the store. */

import { shareNext } from '../../system/share-next.ts'
import type { InTurn } from '../../system/turns.ts'
import type { Health, Monitor } from '../monitors/monitors.ts'
import { monitorSlices } from '../store/monitor-slices.ts'
import type { Store } from '../store/store.ts'
import { createCacheNews } from './cache-news.ts'
import { createEntryList, type Entry } from './entry-list.ts'
import { createRunDetails } from './run-details.ts'

export interface HealthNews {
  readonly revision: number
  readonly key: string
  /** '' for events without an environment. */
  readonly env: string
  readonly to: Health
}

export interface Snapshot {
  /** Counts the snapshots, from 1. */
  readonly revision: number
  /** Sorted by key. A live list: entries of later snapshots replace these. */
  readonly entries: readonly Entry[]
  readonly find: (key: string) => Entry | undefined
  /** Those of all monitors, sorted; '' if a monitor has events without an environment. */
  readonly envs: readonly string[]
  /** The latest changes, oldest first. */
  readonly health: readonly HealthNews[]
}

export interface MonitorCache {
  /** Includes everything that was stored before the call. */
  readonly read: () => Promise<Snapshot>
  /** The monitors of these entries with their last 30 runs. With `env`, all of it is about that environment. */
  readonly details: (entries: readonly Entry[], env?: string) => Promise<Monitor[]>
  /** True if something has changed since the last snapshot. */
  readonly isBehind: () => boolean
  /** Called with the first news after each read. Returns a function that removes the listener. */
  readonly onNews: (listener: () => void) => () => void
}

/** Changes that come without news: monitors that `--expect` added, runs that were pruned. */
const RELOAD_MS = 60_000

const KEYS_A_SLICE = 250
const MAX_HEALTH_NEWS = 100

export interface CacheOptions {
  readonly store: Store
  readonly inTurn: InTurn
  /** The monotonic clock, in milliseconds: setting the wall clock back must not stop the reloads. */
  readonly clock: () => number
}

export function createMonitorCache({ store, inTurn, clock }: CacheOptions): MonitorCache {
  const list = createEntryList()
  const { sorted: entries, get: find } = list
  const details = createRunDetails(store, inTurn)
  const news = createCacheNews(store)
  let loadedAt: number | undefined
  let isReloading = false
  let snapshot: Snapshot = { revision: 0, entries, find, envs: [], health: [] }

  const publish = (revision: number, health: readonly HealthNews[]) => {
    snapshot = {
      ...snapshot,
      revision,
      envs: list.envs(),
      health: [...snapshot.health, ...health].slice(-MAX_HEALTH_NEWS),
    }
  }
  /** `hasEvents`: true if the monitor has had events, so that its runs have changed. */
  const show = (monitors: readonly Monitor[], hasEvents: (key: string) => boolean) => {
    const revision = loadedAt === undefined ? 1 : snapshot.revision + 1
    const changed = monitors.flatMap(monitor => {
      const before = find(monitor.key)?.monitor
      const isKnown = before !== undefined && !hasEvents(monitor.key) && isSame(before, monitor)
      return isKnown ? [] : [{ before, monitor }]
    })
    if (changed.length === 0) return
    for (const { monitor } of changed) list.set({ monitor, revision })
    const health = changed.flatMap(({ before, monitor }) => healthNews(before, monitor, revision))
    publish(revision, loadedAt === undefined ? [] : health)
  }

  const loadAll = async (keysWithEvents: ReadonlySet<string>) => {
    const { revision: before } = snapshot
    const there = new Set<string>()
    const slices = monitorSlices({ store, inTurn }, { recent: 0 }, monitors => {
      for (const { key } of monitors) there.add(key)
      show(monitors, key => keysWithEvents.has(key))
    })
    for await (const _ of slices);
    // A later entry may be of a new monitor, whose key was passed already.
    list.remove(({ monitor, revision }) => revision <= before && !there.has(monitor.key))
    if (snapshot.revision === 0) publish(1, [])
    details.forgetUnused()
    loadedAt = clock()
  }
  const loadKeys = async (keys: readonly string[]) => {
    for (let from = 0; from < keys.length; from += KEYS_A_SLICE) {
      await inTurn(async () =>
        show(await store.monitors({ keys: keys.slice(from, from + KEYS_A_SLICE), recent: 0 }), () => true),
      )
    }
  }
  const refresh = shareNext(async () => {
    const pending = await news.take()
    try {
      if (pending.isAll) await loadAll(pending.keys)
      else await loadKeys([...pending.keys])
      news.finish(pending)
    } catch (error) {
      news.restore(pending)
      throw error
    }
  })
  const reloadIfDue = async () => {
    if (loadedAt === undefined || isReloading || clock() - loadedAt <= RELOAD_MS) return
    isReloading = true
    // If it fails, the next read tries again.
    await loadAll(new Set()).catch(() => {})
    isReloading = false
  }

  return {
    isBehind: news.isBehind,
    onNews: news.onNews,
    details: details.read,
    read: async () => {
      void reloadIfDue()
      if (news.isBehind()) await refresh()
      return snapshot
    },
  }
}

/** The environments whose health has changed. */
function healthNews(
  before: Monitor | undefined,
  { key, environments }: Monitor,
  revision: number,
): HealthNews[] {
  const known = new Map(before?.environments.map(({ env, health }) => [env, health]))
  return environments
    .filter(({ env, health }) => health !== (known.get(env) ?? 'unknown'))
    .map(({ env, health }) => ({ revision, key, env, to: health }))
}

function isSame(a: Monitor, b: Monitor): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** The monitors that the page shows, in memory. After a change only the changed monitors are read from the store. */

import type { Health, Monitor } from '../monitors/monitors.ts'
import type { News, Store } from '../store/store.ts'

export interface Entry {
  /** With its last run only, without the message. `MonitorCache.detail` has more. */
  readonly monitor: Monitor
  /** The revision of the snapshot in which it last changed. */
  readonly revision: number
}

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
  /** Sorted by key. */
  readonly entries: readonly Entry[]
  /** Those of all monitors, sorted; '' if a monitor has events without an environment. */
  readonly envs: readonly string[]
  /** The latest changes, oldest first. */
  readonly health: readonly HealthNews[]
}

export interface MonitorCache {
  /** Includes everything that was stored before the call. */
  readonly read: () => Promise<Snapshot>
  /** The monitor of an entry with its last 30 runs. With `env`, all of it is about that environment. */
  readonly detail: (entry: Entry, env?: string) => Promise<Monitor>
  /** True if something has changed since the last snapshot. */
  readonly isBehind: () => boolean
  /** Called each time `isBehind` becomes true. Returns a function that removes the listener. */
  readonly onNews: (listener: () => void) => () => void
}

/** Above this number, one query for all monitors is cheaper than one for each. */
const MAX_SINGLE_READS = 50

/** Changes that come without news: monitors that `--expect` added, runs that were pruned. */
const RELOAD_MS = 60_000

const MAX_HEALTH_NEWS = 100
const MAX_DETAILS = 1000

export function createMonitorCache(store: Store, wallClock: () => number): MonitorCache {
  const entries = new Map<string, Entry>()
  const details = new Map<string, { readonly revision: number; readonly monitor: Monitor }>()
  const listeners = new Set<() => void>()
  let changed = new Set<string>()
  let isAllChanged = true
  let loadedAt = Number.NEGATIVE_INFINITY
  let reading: Promise<Snapshot> | undefined
  let snapshot: Snapshot = { revision: 0, entries: [], envs: [], health: [] }

  const isBehind = () => isAllChanged || changed.size > 0
  const onStored = ({ events, healthChanged }: News) => {
    const was = isBehind()
    for (const { monitorKey } of events) changed.add(monitorKey)
    // Monitors become late without an event, and many can at the same time.
    if (healthChanged && events.length === 0) isAllChanged = true
    if (!was && isBehind()) for (const listener of listeners) listener()
  }
  store.onStored(onStored)

  const refresh = async (): Promise<Snapshot> => {
    const keys = changed
    const isAll = isAllChanged || keys.size > MAX_SINGLE_READS
    changed = new Set()
    isAllChanged = false
    let monitors: Monitor[]
    try {
      monitors = isAll
        ? await store.monitors({ recent: 1 })
        : (await Promise.all([...keys].map(key => store.monitors({ key, recent: 1 })))).flat()
    } catch (error) {
      for (const key of keys) changed.add(key)
      isAllChanged ||= isAll
      throw error
    }
    if (isAll) loadedAt = wallClock()
    const revision = snapshot.revision + 1
    const health: HealthNews[] = []
    const isFirst = snapshot.revision === 0
    for (const each of monitors) {
      const monitor = { ...each, recent: each.recent.map(({ message: _message, ...run }) => run) }
      const before = entries.get(monitor.key)
      if (before !== undefined && isSame(before.monitor, monitor) && !keys.has(monitor.key)) continue
      entries.set(monitor.key, { monitor, revision })
      if (!isFirst) health.push(...healthNews(before?.monitor, monitor, revision))
    }
    if (isAll && monitors.length < entries.size) {
      const there = new Set(monitors.map(({ key }) => key))
      for (const key of entries.keys()) if (!there.has(key)) entries.delete(key)
    }
    const sorted = [...entries.values()].sort((a, b) => (a.monitor.key < b.monitor.key ? -1 : 1))
    snapshot = {
      revision,
      entries: sorted,
      envs: [...new Set(sorted.flatMap(({ monitor }) => monitor.environments.map(({ env }) => env)))].sort(),
      health: [...snapshot.health, ...health].slice(-MAX_HEALTH_NEWS),
    }
    return snapshot
  }

  return {
    isBehind,
    read: async () => {
      if (wallClock() - loadedAt > RELOAD_MS) isAllChanged = true
      // A read that is under way may miss the latest changes. If so, another one follows.
      while (reading !== undefined) await reading.catch(() => {})
      if (!isBehind()) return snapshot
      reading = refresh().finally(() => {
        reading = undefined
      })
      return await reading
    },
    detail: async ({ monitor, revision }, env) => {
      const name = JSON.stringify([monitor.key, env])
      const known = details.get(name)
      if (known?.revision === revision) return known.monitor
      const [found = monitor] = await store.monitors({ key: monitor.key, ...(env !== undefined && { env }) })
      const light = { ...found, recent: found.recent.map(({ message: _message, ...run }) => run) }
      details.delete(name)
      details.set(name, { revision, monitor: light })
      for (const key of details.keys()) {
        if (details.size <= MAX_DETAILS) break
        details.delete(key)
      }
      return light
    },
    onNews: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
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

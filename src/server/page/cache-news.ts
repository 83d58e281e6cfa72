/** Which monitors have changed since the page's cache last read them. */

import type { News, Store } from '../store/store.ts'

/** What a read of the cache must include. */
export interface Pending {
  readonly keys: ReadonlySet<string>
  /** True if other monitors may have changed as well. */
  readonly isAll: boolean
  /** How much news there had been. */
  readonly count: number
}

export interface CacheNews {
  /** True if there is news that no finished read includes. */
  readonly isBehind: () => boolean
  /** Called with the first news after the cache was read. Returns a function that removes the listener. */
  readonly onNews: (listener: () => void) => () => void
  /** Call it before reading the monitors, and then one of the next two. */
  readonly take: () => Promise<Pending>
  readonly finish: (pending: Pending) => void
  /** The read has failed: the next one must include this as well. */
  readonly restore: (pending: Pending) => void
}

/** If the health of more monitors has changed without an event, all are read. */
const MAX_CHANGES = 1000

export function createCacheNews(store: Pick<Store, 'onStored' | 'newest' | 'changes'>): CacheNews {
  const listeners = new Set<() => void>()
  let keys = new Set<string>()
  let isAll = true
  /** Monitors become late without an event. */
  let hasLateNews = false
  let lastChange = 0
  let count = 0
  let finishedCount = -1
  let isAnnounced = false

  store.onStored(({ events, fromOthers = [], healthChanged }: News) => {
    for (const { monitorKey } of [...events, ...fromOthers]) keys.add(monitorKey)
    if (healthChanged && events.length === 0) hasLateNews = true
    count += 1
    if (isAnnounced) return
    isAnnounced = true
    for (const listener of listeners) listener()
  })
  const restore = (pending: Pending) => {
    for (const key of pending.keys) keys.add(key)
    isAll ||= pending.isAll
  }

  /** Keys of the monitors whose health has changed since the last call; undefined if there are many. */
  const changedKeys = async (): Promise<string[] | undefined> => {
    const after = lastChange
    const { change: newest } = await store.newest()
    const changes =
      newest - after > MAX_CHANGES ? undefined : await store.changes({ after, limit: MAX_CHANGES })
    lastChange = newest
    return changes?.map(({ monitorKey }) => monitorKey)
  }

  return {
    isBehind: () => count !== finishedCount,
    onNews: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    take: async () => {
      isAnnounced = false
      const taken = { keys, isAll, count }
      const hadLateNews = hasLateNews
      keys = new Set()
      isAll = hasLateNews = false
      if (!taken.isAll && !hadLateNews) return taken
      try {
        const changed = await changedKeys()
        for (const key of changed ?? []) taken.keys.add(key)
        return { ...taken, isAll: taken.isAll || changed === undefined }
      } catch (error) {
        restore(taken)
        hasLateNews ||= hadLateNews
        throw error
      }
    },
    finish: pending => {
      finishedCount = pending.count
    },
    restore,
  }
}

/** Which monitors are not written with all of their events yet (derive.ts). */

/** In events. */
export interface Amounts {
  /** Twice as many gain little, and have to be taken in again after a crash. */
  readonly mostUnwritten: number
  /** Others wait meanwhile. Of half as many more is written again and again. */
  readonly writtenAtOnce: number
}

export const AMOUNTS: Amounts = { mostUnwritten: 32_000, writtenAtOnce: 1000 }

interface Entry {
  readonly monitor: number
  /** Its first event that is not written, and when that was received. */
  readonly first: number
  readonly since: number
  count: number
}

export interface Unwritten {
  /** Notes an event of a monitor; in the order of their ids. `since`: when it was received. */
  readonly add: (monitor: { readonly id: number; readonly key: string }, event: number, since: number) => void
  /** Ids of those monitors, by key, that wait; they wait no more. */
  readonly remove: (keys: readonly string[]) => number[]
  readonly all: () => string[]
  /** Keys of the oldest, up to so many events as are written at once; of those alone that wait since before then. */
  readonly oldest: (before?: number) => string[]
  readonly events: () => number
  /** The first event that is not written, and since when it waits. */
  readonly first: () => Pick<Entry, 'first' | 'since'> | undefined
  readonly clear: () => void
}

export function createUnwritten({ writtenAtOnce }: Amounts): Unwritten {
  // In the order of their first events.
  const entries = new Map<string, Entry>()
  let events = 0
  return {
    add: ({ id: monitor, key }, first, since) => {
      events += 1
      const own = entries.get(key)
      if (own === undefined) entries.set(key, { monitor, first, since, count: 1 })
      else own.count += 1
    },
    remove: keys => {
      const removed = keys.flatMap(key => entries.get(key) ?? [])
      for (const key of keys) entries.delete(key)
      for (const { count } of removed) events -= count
      return removed.map(({ monitor }) => monitor)
    },
    all: () => [...entries.keys()],
    oldest: (before = Number.POSITIVE_INFINITY) => {
      const keys: string[] = []
      let sum = 0
      for (const [key, { since, count }] of entries) {
        if (sum >= writtenAtOnce || since >= before) break
        keys.push(key)
        sum += count
      }
      return keys
    },
    events: () => events,
    first: () => {
      const [first] = entries.values()
      return first
    },
    clear: () => {
      entries.clear()
      events = 0
    },
  }
}

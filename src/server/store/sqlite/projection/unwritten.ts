/** Which monitors are not written with all of their events yet (derive.ts). */

/** In events. */
export interface Amounts {
  /** Twice as many gain little, and have to be taken in again after a crash. */
  readonly mostUnwritten: number
  /** Others wait meanwhile. */
  readonly writtenAtOnce: number
}

export const AMOUNTS: Amounts = { mostUnwritten: 32_000, writtenAtOnce: 1000 }

interface Entry {
  readonly monitor: number
  /** Its first event that is not written. */
  readonly first: number
  count: number
}

export interface Unwritten {
  /** Notes an event of a monitor; in the order of their ids. */
  readonly add: (monitor: { readonly id: number; readonly key: string }, event: number) => void
  /** Ids of those monitors, by key, that wait; they wait no more. */
  readonly remove: (keys: readonly string[]) => number[]
  readonly all: () => string[]
  /** Keys of the oldest, up to so many events as are written at once; of those alone that wait since this event or an older one. */
  readonly oldest: (upTo?: number) => string[]
  readonly events: () => number
  /** The first event that is not written. */
  readonly first: () => number | undefined
  readonly clear: () => void
}

export function createUnwritten({ writtenAtOnce }: Amounts): Unwritten {
  // In the order of their first events.
  const entries = new Map<string, Entry>()
  let events = 0
  return {
    add: ({ id: monitor, key }, first) => {
      events += 1
      const own = entries.get(key)
      if (own === undefined) entries.set(key, { monitor, first, count: 1 })
      else own.count += 1
    },
    remove: keys => {
      const removed = keys.flatMap(key => entries.get(key) ?? [])
      for (const key of keys) entries.delete(key)
      for (const { count } of removed) events -= count
      return removed.map(({ monitor }) => monitor)
    },
    all: () => [...entries.keys()],
    oldest: (upTo = Number.POSITIVE_INFINITY) => {
      const keys: string[] = []
      let sum = 0
      for (const [key, { first, count }] of entries) {
        if (sum >= writtenAtOnce || first > upTo) break
        keys.push(key)
        sum += count
      }
      return keys
    },
    events: () => events,
    first: () => {
      const [first] = entries.values()
      return first?.first
    },
    clear: () => {
      entries.clear()
      events = 0
    },
  }
}

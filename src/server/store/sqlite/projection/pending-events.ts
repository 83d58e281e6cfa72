/** Which monitors have events that their rows do not include yet, oldest first. */

export interface FlushLimits {
  /** Twice as many gain little speed, and would have to be replayed after a crash. */
  readonly maxPending: number
  /** Other calls wait during a flush. A monitor's events are never divided, so a flush may write more. */
  readonly eventsPerFlush: number
}

export const FLUSH_LIMITS: FlushLimits = { maxPending: 32_000, eventsPerFlush: 1000 }

export interface PendingEvents {
  /** Adds an event of a monitor. Ids must ascend. */
  readonly add: (monitor: { readonly id: number; readonly name: string }, event: number) => void
  /** Removes these monitors; returns the ids of those that had pending events. */
  readonly remove: (names: readonly string[]) => number[]
  readonly names: () => string[]
  /**
   * Names of the monitors with the oldest events, up to the limit of one flush; only of monitors with an event pending
   * since `upTo` or an earlier one.
   */
  readonly oldestNames: (upTo?: number) => string[]
  readonly count: () => number
  /** The id of the oldest pending event. */
  readonly oldestEvent: () => number | undefined
  readonly clear: () => void
}

interface PendingMonitor {
  readonly id: number
  readonly oldestEvent: number
  count: number
}

export function createPendingEvents({ eventsPerFlush }: FlushLimits): PendingEvents {
  // In the order of insertion, which is the order of the oldest events.
  const monitors = new Map<string, PendingMonitor>()
  let total = 0
  return {
    add: ({ id, name }, event) => {
      total += 1
      const known = monitors.get(name)
      if (known === undefined) monitors.set(name, { id, oldestEvent: event, count: 1 })
      else known.count += 1
    },
    remove: names => {
      const removed = names.flatMap(name => monitors.get(name) ?? [])
      for (const name of names) monitors.delete(name)
      for (const { count } of removed) total -= count
      return removed.map(({ id }) => id)
    },
    names: () => [...monitors.keys()],
    oldestNames: (upTo = Number.POSITIVE_INFINITY) => {
      const names: string[] = []
      let sum = 0
      for (const [name, { oldestEvent, count }] of monitors) {
        if (sum >= eventsPerFlush || oldestEvent > upTo) break
        names.push(name)
        sum += count
      }
      return names
    },
    count: () => total,
    oldestEvent: () => {
      const [oldest] = monitors.values()
      return oldest?.oldestEvent
    },
    clear: () => {
      monitors.clear()
      total = 0
    },
  }
}

/** Which monitors have events that their rows do not include yet. */

export interface FlushLimits {
  /** Twice as many gain little speed, and would have to be replayed after a crash. */
  readonly maxPending: number
  /** Other calls wait during a flush. A monitor's events are never divided, so a flush may write more. */
  readonly eventsPerFlush: number
}

export const FLUSH_LIMITS: FlushLimits = { maxPending: 32_000, eventsPerFlush: 250 }

export interface PendingEvents {
  /** Adds an event of a monitor. Ids must ascend. */
  readonly add: (monitor: { readonly id: number; readonly name: string }, event: number) => void
  /** Removes these monitors; returns the ids of those that had pending events. */
  readonly remove: (names: readonly string[]) => number[]
  readonly names: () => string[]
  /**
   * Names of monitors to flush, up to the limit of one flush. Calls go through the monitors in rounds, by their ids. A
   * round is of the monitors with an event that was pending since `upTo` or an earlier one when the round began.
   */
  readonly nextNames: (upTo?: number) => string[]
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
  /** The names of the current round, the next one last. */
  let round: string[] = []
  const newRound = (upTo: number): string[] => {
    const due: (readonly [name: string, id: number])[] = []
    for (const [name, { id, oldestEvent }] of monitors) {
      if (oldestEvent > upTo) break
      due.push([name, id])
    }
    // Rows and index entries of monitors with neighbouring ids are on the same pages. With 80,000 monitors, a flush in the
    // order of the events would write several pages for each of them.
    return due.sort(([, a], [, b]) => b - a).map(([name]) => name)
  }
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
    nextNames: (upTo = Number.POSITIVE_INFINITY) => {
      if (round.length === 0) round = newRound(upTo)
      const names: string[] = []
      for (let sum = 0; sum < eventsPerFlush; ) {
        const name = round.pop()
        if (name === undefined) break
        const pending = monitors.get(name)
        // It was flushed meanwhile, with a change of its health.
        if (pending === undefined) continue
        names.push(name)
        sum += pending.count
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
      round = []
      total = 0
    },
  }
}

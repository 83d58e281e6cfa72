/** Keeps the events that were received: the one place where every way in meets. */

import type { ReceivedEvent } from './event.ts'

export interface Store {
  readonly record: (event: ReceivedEvent) => void
  /** Oldest first. */
  readonly events: () => ReceivedEvent[]
}

/** Each event has at most about 16 KB (its request line had 8), so this is 160 MB at the very worst. */
const DEFAULT_CAPACITY = 10_000

/** In memory: holds the last `capacity` events, and tells `onRecord` of each that is recorded. */
export function createStore(onRecord?: (event: ReceivedEvent) => void, capacity = DEFAULT_CAPACITY): Store {
  const ring: ReceivedEvent[] = []
  let oldest = 0
  return {
    record: event => {
      if (ring.length < capacity) {
        ring.push(event)
      } else {
        ring[oldest] = event
        oldest = (oldest + 1) % capacity
      }
      onRecord?.(event)
    },
    events: () => [...ring.slice(oldest), ...ring.slice(0, oldest)],
  }
}

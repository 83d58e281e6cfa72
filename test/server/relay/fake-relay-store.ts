/** The part of the store that the relay uses, in memory. */

import type { RelayStore } from '../../../src/server/relay/copy-stored.ts'
import type { ReceivedEvent, StoredEvent } from '../../../src/server/store/event.ts'
import type { News } from '../../../src/server/store/store.ts'

export interface FakeStore extends RelayStore {
  /** Stores an event and calls the listeners. */
  readonly add: (event?: Partial<ReceivedEvent>) => StoredEvent
  /** The next call of `setCursor` fails. */
  failCursor: boolean
  /** Events up to this id are too old. */
  tooOldUpTo: number
  readonly cursors: Map<string, number>
}

/** When events of it were received unless a test says otherwise. */
export const RECEIVED_AT = 1_790_000_000_000

export function fakeStore(): FakeStore {
  const events: StoredEvent[] = []
  const listeners = new Set<(news: News) => void>()
  const cursors = new Map<string, number>()
  const store: FakeStore = {
    cursors,
    failCursor: false,
    tooOldUpTo: 0,
    add(event = {}) {
      const stored: StoredEvent = {
        id: events.length + 1,
        receivedAt: RECEIVED_AT,
        monitorKey: 'm',
        state: 'run',
        metrics: [],
        ...event,
      }
      events.push(stored)
      for (const listener of listeners) listener({ events: [stored], healthChanged: false })
      return stored
    },
    events: async ({ after, limit }) => events.filter(({ id }) => id > after).slice(0, limit),
    cursor: async name => cursors.get(name) ?? 0,
    async setCursor(name, id) {
      if (store.failCursor) {
        store.failCursor = false
        throw new Error('database is locked')
      }
      cursors.set(name, id)
    },
    async moveCursor(name, from, to) {
      if ((cursors.get(name) ?? 0) !== from) return false
      cursors.set(name, to)
      return true
    },
    newestOlderThan: async () => ({ event: store.tooOldUpTo, change: 0 }),
    newest: async () => ({ event: events.length, change: 0 }),
    onStored(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return store
}

/** A store's changes in memory, a channel that answers as it is told, and a clock that is turned by hand. */

import type { HealthChange } from '../../../src/server/monitors/monitors.ts'
import type { Channel, NotifyOutcome } from '../../../src/server/notify/channel.ts'
import { type Notifications, startNotifications } from '../../../src/server/notify/start-notifications.ts'
import type { News } from '../../../src/server/store/store.ts'
import type { Sleep } from '../../../src/system/sleep.ts'

export const NOW = Date.UTC(2026, 10, 24, 12)

export function change(id: number, more: Partial<HealthChange> = {}): HealthChange {
  return { id, monitorKey: 'nightly', env: '', from: 'healthy', to: 'failing', at: NOW, ...more }
}

export interface FakeStore {
  readonly changes: (query: { readonly after: number; readonly limit: number }) => Promise<HealthChange[]>
  readonly cursor: (name: string) => Promise<number>
  readonly moveCursor: (name: string, from: number, to: number) => Promise<boolean>
  readonly newest: () => Promise<{ event: number; change: number }>
  readonly newestOlderThan: (ageMs: number) => Promise<{ event: number; change: number }>
  readonly onStored: (listener: (news: News) => void) => () => void
  readonly add: (...changes: HealthChange[]) => void
  /** As pruning does: the newest id stays. */
  readonly remove: (isRemoved: (id: number) => boolean) => void
  readonly cursors: Map<string, number>
  /** Changes up to this id are older than a day. */
  oldUpTo: number
  /** Set to let `changes` reject. */
  problem: Error | undefined
}

export function fakeStore(): FakeStore {
  let all: HealthChange[] = []
  let newest = 0
  const listeners = new Set<(news: News) => void>()
  const cursors = new Map<string, number>()
  const store: FakeStore = {
    changes: async ({ after, limit }) => {
      if (store.problem !== undefined) throw store.problem
      return all.filter(({ id }) => id > after).slice(0, limit)
    },
    cursor: async name => cursors.get(name) ?? 0,
    moveCursor: async (name, from, to) => {
      if ((cursors.get(name) ?? 0) !== from) return false
      cursors.set(name, to)
      return true
    },
    newestOlderThan: async () => ({ event: 0, change: store.oldUpTo }),
    newest: async () => ({ event: 0, change: newest }),
    onStored: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    add: (...changes) => {
      all.push(...changes)
      newest = changes.at(-1)?.id ?? newest
      for (const listener of listeners) listener({ events: [], healthChanged: true })
    },
    remove: isRemoved => {
      all = all.filter(({ id }) => !isRemoved(id))
    },
    cursors,
    oldUpTo: 0,
    problem: undefined,
  }
  return store
}

export interface FakeChannel extends Channel {
  /** The ids of each delivery, in order, whatever became of it. */
  readonly tried: number[][]
  readonly delivered: () => number[]
  answer: (ids: readonly number[], signal: AbortSignal) => NotifyOutcome | Promise<NotifyOutcome>
}

export function fakeChannel(name = 'channel'): FakeChannel {
  const delivered: number[] = []
  const channel: FakeChannel = {
    name,
    cursor: name,
    tried: [],
    delivered: () => delivered,
    answer: () => ({ kind: 'delivered' }),
    deliver: async (changes, signal) => {
      const ids = changes.map(({ id }) => id)
      channel.tried.push(ids)
      const outcome = await channel.answer(ids, signal)
      if (outcome.kind === 'delivered') delivered.push(...ids)
      return outcome
    },
    close: () => {},
  }
  return channel
}

export interface Naps {
  readonly sleep: Sleep
  /** How long is slept, in milliseconds, oldest first. */
  readonly lengths: () => number[]
  /** Ends all sleep that there is. */
  readonly wake: () => Promise<void>
}

export function naps(): Naps {
  const asleep = new Map<() => void, number>()
  return {
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (signal.aborted) return resolve()
        const done = () => {
          asleep.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        asleep.set(done, ms)
        signal.addEventListener('abort', done)
      }),
    lengths: () => [...asleep.values()],
    wake: async () => {
      for (const done of [...asleep.keys()]) done()
      await settled()
    },
  }
}

/** What can be done without waiting has been done. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

export interface Session extends Notifications {
  readonly warnings: string[]
  readonly naps: Naps
  /** Milliseconds since 1970. The monotonic clock advances with it. */
  now: number
}

export async function notifying(store: FakeStore, ...channels: Channel[]): Promise<Session> {
  const warnings: string[] = []
  const resting = naps()
  const clock = { now: NOW }
  const notifications = await startNotifications({
    store,
    channels,
    clock: () => clock.now - NOW,
    sleep: resting.sleep,
    random: () => 0.5,
    warn: problem => warnings.push(problem),
  })
  await settled()
  return Object.assign(clock, { ...notifications, warnings, naps: resting })
}

/** Delivers each change of health to each channel. */

import { setMaxListeners } from 'node:events'
import type { Sleep } from '../../system/sleep.ts'
import type { Store } from '../store/store.ts'
import { createBroadcast } from './broadcast.ts'
import type { Channel } from './channel.ts'
import { type ChangeStore, deliverChanges, openCursor } from './deliver-changes.ts'

export interface NotificationOptions {
  readonly store: ChangeStore & Pick<Store, 'onStored'>
  readonly channels: readonly Channel[]
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly sleep: Sleep
  readonly random: () => number
  readonly warn: (problem: string) => void
}

export interface Notifications {
  /** Delivers what waits, for 3 seconds at most. What was not delivered follows after the next start. */
  readonly close: () => Promise<void>
}

const GRACE_MS = 3000

/** Call it before events are accepted: a new channel gets the changes from then on. */
export async function startNotifications(options: NotificationOptions): Promise<Notifications> {
  const { store, clock, sleep, random, warn } = options
  // Two channels with the same target would share one position in the store.
  const channels = [...new Map(options.channels.map(channel => [channel.cursor, channel])).values()]
  const newChanges = createBroadcast()
  const stop = new AbortController()
  const abandon = new AbortController()
  // Each channel may listen to both signals; Node.js warns of a leak above ten listeners.
  setMaxListeners(0, stop.signal, abandon.signal)
  const context = {
    store,
    newChanges,
    stop: stop.signal,
    abandon: abandon.signal,
    clock,
    sleep,
    random,
    warn,
  }
  const forget = store.onStored(news => {
    if (news.healthChanged) newChanges.send()
  })
  const firsts = await Promise.all(channels.map(channel => openCursor(channel, store)))
  const feeds = channels.map((channel, index) => deliverChanges(channel, firsts[index] ?? 1, context))

  return {
    close: async () => {
      forget()
      stop.abort()
      newChanges.send()
      const over = new AbortController()
      const ended = Promise.all(feeds).then(() => over.abort())
      await sleep(GRACE_MS, over.signal)
      abandon.abort()
      await ended
      for (const channel of channels) channel.close()
    },
  }
}

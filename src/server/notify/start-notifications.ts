/** Tells each channel of each change of health. */

import { setMaxListeners } from 'node:events'
import type { Sleep } from '../../system/sleep.ts'
import type { Store } from '../store/store.ts'
import { createBroadcast } from './broadcast.ts'
import type { Channel } from './channel.ts'
import { type ChangeStore, deliverChanges, openCursor } from './deliver-changes.ts'

export interface NotificationOptions {
  readonly store: ChangeStore & Pick<Store, 'onStored'>
  readonly channels: readonly Channel[]
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly sleep: Sleep
  readonly random: () => number
  readonly warn: (problem: string) => void
}

export interface Notifications {
  /** What is under way has 3 seconds to end; it and the rest are delivered after the next start. */
  readonly close: () => Promise<void>
}

const GRACE_MS = 3000

/** To be called before events are accepted: channels that are new are told of what happens from then on. */
export async function startNotifications(options: NotificationOptions): Promise<Notifications> {
  const { store, wallClock, sleep, random, warn } = options
  // Two with the same target would share one place in the store.
  const channels = [...new Map(options.channels.map(channel => [channel.cursor, channel])).values()]
  const newChanges = createBroadcast()
  const stop = new AbortController()
  const cut = new AbortController()
  // Each channel may listen to both at once; Node.js takes more than ten for a leak.
  setMaxListeners(0, stop.signal, cut.signal)
  const outside = { store, newChanges, stop: stop.signal, cut: cut.signal, wallClock, sleep, random, warn }
  const forget = store.onStored(news => {
    if (news.healthChanged) newChanges.send()
  })
  const firsts = await Promise.all(channels.map(channel => openCursor(channel, store)))
  const feeds = channels.map((channel, index) => deliverChanges(channel, firsts[index] ?? 1, outside))

  return {
    close: async () => {
      forget()
      stop.abort()
      newChanges.send()
      const over = new AbortController()
      const ended = Promise.all(feeds).then(() => over.abort())
      await sleep(GRACE_MS, over.signal)
      cut.abort()
      await ended
      for (const channel of channels) channel.close()
    },
  }
}

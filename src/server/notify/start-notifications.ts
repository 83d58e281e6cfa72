/** Delivers each change of health to each channel. */

import type { Sleep } from '../../system/sleep.ts'
import { type Duties, soleDuties } from '../store/duties.ts'
import type { Store } from '../store/store.ts'
import { createBroadcast } from './broadcast.ts'
import type { Channel } from './channel.ts'
import { type ChangeStore, deliverChanges, openCursor } from './deliver-changes.ts'

export interface NotificationOptions {
  readonly store: ChangeStore & Pick<Store, 'onStored'>
  readonly channels: readonly Channel[]
  /** Default: this server has no others beside it. */
  readonly duties?: Duties
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
  const { store, duties = soleDuties, clock, sleep, random, warn } = options
  // Two channels with the same target would share one position in the store.
  const channels = [...new Map(options.channels.map(channel => [channel.cursor, channel])).values()]
  const newChanges = createBroadcast()
  const abandon = new AbortController()
  await Promise.all(channels.map(channel => openCursor(channel, store)))
  const forget = store.onStored(news => {
    if (news.healthChanged) newChanges.send()
  })
  // Each channel is a duty of its own: not all servers need to have the same ones.
  const feeds = channels.map(channel =>
    duties.run(channel.cursor, ({ stop, lost, over, confirm }) => {
      void over.then(newChanges.send)
      return deliverChanges(channel, {
        store,
        newChanges,
        stop: AbortSignal.any([stop, lost]),
        abandon: AbortSignal.any([abandon.signal, lost]),
        confirm,
        clock,
        sleep,
        random,
        warn,
      })
    }),
  )

  return {
    close: async () => {
      forget()
      const over = new AbortController()
      const ended = Promise.all(feeds.map(feed => feed.close())).then(() => over.abort())
      await sleep(GRACE_MS, over.signal)
      abandon.abort()
      await ended
      for (const channel of channels) channel.close()
    },
  }
}

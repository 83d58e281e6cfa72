/** The rules, the store and the notifications of `cronitor serve` in this process, with a clock that is turned by hand. */

import { parseExpectFile } from '../../src/commands/serve/expect-file.ts'
import { watchOverdue } from '../../src/server/monitors/overdue.ts'
import type { Channel } from '../../src/server/notify/channel.ts'
import type { SingleMessage } from '../../src/server/notify/message.ts'
import { singleMessage } from '../../src/server/notify/message.ts'
import { startNotifications } from '../../src/server/notify/start-notifications.ts'
import type { ReceivedEvent } from '../../src/server/store/event.ts'
import { openStoreInThread } from '../../src/server/store/open-store.ts'
import type { Sleep } from '../../src/system/sleep.ts'

const MINUTE = 60_000

export interface SimulationOptions {
  /** The database. */
  readonly file: string
  /** As in --expect-file. */
  readonly rules: string
  /** Milliseconds since 1970. */
  readonly startsAt: number
  readonly repeatMs?: number
}

export interface Simulation {
  /** Lets the time pass up to this minute after the start, by a clock that nobody sets. */
  readonly runTo: (minute: number) => Promise<void>
  readonly send: (event: Partial<ReceivedEvent>) => Promise<void>
  readonly restart: (minutesAway: number) => Promise<void>
  readonly setClock: (byMinutes: number) => void
  /** What was sent, oldest first. */
  readonly told: readonly SingleMessage[]
  readonly close: () => Promise<void>
}

export async function simulateServer(options: SimulationOptions): Promise<Simulation> {
  const parsed = parseExpectFile(options.rules)
  if (!parsed.ok) throw new Error(parsed.problem)
  const told: SingleMessage[] = []
  /** Milliseconds since the start. */
  let elapsed = 0
  let clockOffset = options.startsAt
  const wallClock = () => elapsed + clockOffset
  const alarms = new Map<() => void, number>()
  const sleep: Sleep = (ms, signal) =>
    new Promise(resolve => {
      if (signal.aborted) return resolve()
      const wake = () => {
        alarms.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      alarms.set(wake, elapsed + ms)
      signal.addEventListener('abort', wake)
    })

  const channel: Channel = {
    name: 'recorder',
    cursor: 'recorder',
    deliver: async changes => {
      told.push(...changes.map(singleMessage))
      return { kind: 'delivered' }
    },
    close: () => {},
  }
  const start = async () => {
    const store = await openStoreInThread(options.file, wallClock)
    const context = { store, clock: () => elapsed, wallClock, sleep, warn: () => {} }
    const notifications = await startNotifications({ ...context, channels: [channel], random: () => 0.5 })
    await store.expect(parsed.expectations)
    const lateness = watchOverdue({ ...context, repeatMs: options.repeatMs })
    return { store, notifications, lateness }
  }
  let server = await start()
  const stop = async () => {
    await server.lateness.close()
    await server.notifications.close()
    await server.store.close()
  }
  return {
    told,
    runTo: async minute => {
      const end = minute * MINUTE
      for (;;) {
        // The watch sleeps after each check.
        do await turn()
        while (alarms.size === 0)
        const [wake, at] = earliest(alarms)
        if (at > end) break
        elapsed = Math.max(elapsed, at)
        wake()
      }
      elapsed = end
      await settled()
    },
    send: async event => {
      const received = { monitorKey: 'job', state: 'complete', metrics: [], ...event } as const
      await server.store.record({ ...received, receivedAt: wallClock() })
      await settled()
    },
    restart: async minutesAway => {
      await stop()
      elapsed += minutesAway * MINUTE
      server = await start()
    },
    setClock: byMinutes => {
      clockOffset += byMinutes * MINUTE
    },
    close: stop,
  }
}

function earliest(alarms: ReadonlyMap<() => void, number>): readonly [wake: () => void, at: number] {
  return [...alarms].reduce((first, next) => (next[1] < first[1] ? next : first))
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** What can be done without waiting has been done. */
async function settled(): Promise<void> {
  for (let count = 0; count < 8; count += 1) await turn()
}

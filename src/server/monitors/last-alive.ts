/** Remembers in the store when a server last ran, so that the next one knows for how long none did. */

import type { ClockPair } from './clock-watch.ts'

/** As in store/store.ts. */
export interface AliveStore {
  readonly cursor: (name: string) => Promise<number>
  readonly setCursor: (name: string, id: number, durability: 'lazy') => Promise<void>
  readonly newest: () => Promise<{ readonly event: number }>
  readonly events: (query: {
    readonly after: number
    readonly limit: number
  }) => Promise<readonly { readonly receivedAt: number }[]>
}

export const ALIVE_CURSOR = 'alive'

export const WRITE_INTERVAL_MS = 10_000

export interface LastAlive {
  /**
   * When the last server ran, in milliseconds since 1970; undefined if there was none. Call it before the first write.
   * Rejects with an error of the store.
   */
  readonly read: () => Promise<number | undefined>
  /**
   * Writes the current time, at most once in 10 seconds and without waiting. Errors are ignored: on a full disk the
   * next server believes that none ran for longer than is true, and waits for events that do not come.
   */
  readonly write: () => void
  /** Writes the current time. Never rejects. */
  readonly writeNow: () => Promise<void>
}

export function createLastAlive(store: AliveStore, { clock, wallClock }: ClockPair): LastAlive {
  let writtenAt = Number.NEGATIVE_INFINITY
  let isWriting = false
  const writeNow = async () => {
    writtenAt = clock()
    isWriting = true
    await store.setCursor(ALIVE_CURSOR, Math.round(wallClock()), 'lazy').catch(() => {})
    isWriting = false
  }
  return {
    read: async () => {
      const alive = await store.cursor(ALIVE_CURSOR)
      if (alive > 0) return alive
      // The database may be from a version that did not write the time.
      const newest = (await store.newest()).event
      const [event] = newest === 0 ? [] : await store.events({ after: newest - 1, limit: 1 })
      return event?.receivedAt
    },
    write: () => {
      if (!isWriting && clock() - writtenAt >= WRITE_INTERVAL_MS) void writeNow()
    },
    writeNow,
  }
}

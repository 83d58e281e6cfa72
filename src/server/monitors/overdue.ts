/** Makes monitors late when their time is up. */

import type { Sleep } from '../../system/sleep.ts'

/** What is asked of the store. */
export interface LatenessStore {
  /** Makes late what is overdue at `now` (milliseconds since 1970); resolves with when to ask again, if ever. */
  readonly markLate: (now: number) => Promise<number | undefined>
  /** Called after each commit. */
  readonly onStored: (listener: (news: { readonly healthChanged: boolean }) => void) => () => void
}

export interface LatenessOptions {
  readonly store: LatenessStore
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly sleep: Sleep
  readonly warn: (problem: string) => void
}

export interface Lateness {
  /** What is expected has changed. */
  readonly lookAgain: () => void
  readonly close: () => Promise<void>
}

/**
 * Times are wall-clock times, since they outlive this process. That clock can be set, and it goes on while the machine
 * sleeps and timers do not, so that it is looked at this often while something is expected.
 */
const MAX_SLEEP_MS = 60_000

/** After the store could not be asked. */
const PAUSE_MS = 10_000

/** Sleeps until the store says that something can be late; woken where a change of health sets a new time. */
export function watchOverdue({ store, wallClock, sleep, warn }: LatenessOptions): Lateness {
  const closing = new AbortController()
  let nap = new AbortController()
  const lookAgain = () => nap.abort()
  closing.signal.addEventListener('abort', lookAgain)
  // A deadline that is nearer than the one slept for comes with a success after failures or lateness, never without.
  const forget = store.onStored(news => {
    if (news.healthChanged) lookAgain()
  })

  let isStoreFailing = false
  const pause = async (): Promise<number> => {
    try {
      const next = await store.markLate(wallClock())
      isStoreFailing = false
      return next === undefined ? Number.POSITIVE_INFINITY : next - wallClock()
    } catch (error) {
      if (!isStoreFailing) warn(`cannot look for late monitors: ${reasonOf(error)}`)
      isStoreFailing = true
      return PAUSE_MS
    }
  }
  const watch = async () => {
    while (!closing.signal.aborted) {
      // In place before the store is asked: what changes meanwhile is not missed.
      nap = new AbortController()
      const ms = await pause()
      if (closing.signal.aborted) return
      await sleep(ms === Number.POSITIVE_INFINITY ? FOREVER_MS : clamp(ms), nap.signal)
    }
  }
  const watching = watch()

  return {
    lookAgain,
    close: async () => {
      forget()
      closing.abort()
      await watching
    },
  }
}

/** The longest that a timer takes; where nothing is expected, waking up after it does no harm. */
const FOREVER_MS = 2 ** 31 - 1

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 1), MAX_SLEEP_MS)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

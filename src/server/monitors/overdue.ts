/** Sets overdue monitors to late. */

import type { Sleep } from '../../system/sleep.ts'

/** The part of the store that is used. */
export interface OverdueStore {
  /** As in store/store.ts. */
  readonly markLate: (now: number) => Promise<number | undefined>
  /** Calls the listener after each commit. */
  readonly onStored: (listener: (news: { readonly healthChanged: boolean }) => void) => () => void
}

export interface OverdueOptions {
  readonly store: OverdueStore
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly sleep: Sleep
  readonly warn: (problem: string) => void
}

export interface OverdueWatch {
  /** Call it after a change of expectations. */
  readonly checkNow: () => void
  readonly close: () => Promise<void>
}

/**
 * Deadlines are wall-clock times, because they outlive this process. The wall clock can be set, and it continues while
 * the machine sleeps, but timers do not. So it is read at least this often.
 */
const MAX_SLEEP_MS = 60_000

/** The pause after an error of the store. */
const RETRY_MS = 10_000

/** Sleeps until the next monitor can become late. A change of health wakes it, since that may set an earlier deadline. */
export function watchOverdue({ store, wallClock, sleep, warn }: OverdueOptions): OverdueWatch {
  const closing = new AbortController()
  let nap = new AbortController()
  const checkNow = () => nap.abort()
  closing.signal.addEventListener('abort', checkNow)
  // Only a success after failures or lateness sets an earlier deadline, and that is a change of health.
  const unsubscribe = store.onStored(news => {
    if (news.healthChanged) checkNow()
  })

  let isStoreFailing = false
  const checkStore = async (): Promise<number> => {
    try {
      const next = await store.markLate(wallClock())
      isStoreFailing = false
      return next === undefined ? Number.POSITIVE_INFINITY : next - wallClock()
    } catch (error) {
      if (!isStoreFailing) warn(`cannot check for late monitors: ${reasonOf(error)}`)
      isStoreFailing = true
      return RETRY_MS
    }
  }
  const watch = async () => {
    while (!closing.signal.aborted) {
      // Created before the store is read, so that a change in between is not missed.
      nap = new AbortController()
      const ms = await checkStore()
      if (closing.signal.aborted) return
      await sleep(ms === Number.POSITIVE_INFINITY ? FOREVER_MS : clamp(ms), nap.signal)
    }
  }
  const watching = watch()

  return {
    checkNow,
    close: async () => {
      unsubscribe()
      closing.abort()
      await watching
    },
  }
}

/** The longest time of a timer. Without expectations, waking up after it does no harm. */
const FOREVER_MS = 2 ** 31 - 1

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 1), MAX_SLEEP_MS)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Sets monitors to late or overrunning, and repeats what stays bad. */

import { errorMessage } from '../../system/error-message.ts'
import type { Sleep } from '../../system/sleep.ts'
import { CHECK_INTERVAL_MS } from './clock-watch.ts'
import { type OutageOptions, type OutageStore, watchOutages } from './outage-watch.ts'

/** The part of the store that is used. */
export interface OverdueStore extends OutageStore {
  /** As in store/store.ts. */
  readonly judgeHealth: (now: number) => Promise<number | undefined>
  readonly repeatBad: (now: number, everyMs: number) => Promise<number | undefined>
}

export interface OverdueOptions extends OutageOptions {
  readonly store: OverdueStore
  readonly sleep: Sleep
  /** After how long a bad health is repeated, in milliseconds (`--notify-again`). Default: never. */
  readonly repeatMs?: number | undefined
}

export interface OverdueWatch {
  /** Call it after a change of expectations. */
  readonly checkNow: () => void
  /** True if no monitor becomes late at the moment. */
  readonly isPaused: () => boolean
  /** `isTakenOver`: another server may judge lateness by now. */
  readonly close: (isTakenOver?: boolean) => Promise<void>
}

/** The pause after an error of the store. */
const RETRY_MS = 10_000

/** The first event of a monitor in a new environment sets a deadline, and that is no change of health. */
const MAX_CHECK_INTERVAL_MS = 60_000

/**
 * Deadlines are wall-clock times, because they outlive this process. The wall clock can be set, and it continues while
 * the machine sleeps, but timers do not. So both clocks are read every 10 seconds.
 */
export function watchOverdue(options: OverdueOptions): OverdueWatch {
  const { store, wallClock, sleep, warn, repeatMs } = options
  const closing = new AbortController()
  let nap = new AbortController()
  let isDue = true
  const checkNow = () => {
    isDue = true
    nap.abort()
  }
  closing.signal.addEventListener('abort', checkNow)
  const outages = watchOutages(options)
  // Only a success after failures or lateness sets an earlier deadline, and that is a change of health.
  const unsubscribe = store.onStored(news => {
    if (news.healthChanged) checkNow()
  })

  let nextAt = Number.POSITIVE_INFINITY
  /** Resolves with the time to the next check, in milliseconds. */
  const check = async (): Promise<number> => {
    const pausedMs = await outages.pausedMs()
    if (pausedMs > 0) {
      isDue = true
      return pausedMs
    }
    const now = wallClock()
    if (isDue || now >= nextAt) {
      isDue = false
      const next = (await store.judgeHealth(now)) ?? Number.POSITIVE_INFINITY
      const repeatAt = repeatMs === undefined ? undefined : await store.repeatBad(now, repeatMs)
      nextAt = Math.min(next, repeatAt ?? Number.POSITIVE_INFINITY, now + MAX_CHECK_INTERVAL_MS)
    }
    return nextAt - wallClock()
  }
  let isStoreFailing = false
  const checkOrRetry = async (): Promise<number> => {
    try {
      const ms = await check()
      isStoreFailing = false
      return ms
    } catch (error) {
      if (!isStoreFailing) warn(`cannot check for late monitors: ${errorMessage(error)}`)
      isStoreFailing = true
      isDue = true
      return RETRY_MS
    }
  }
  const watch = async () => {
    while (!closing.signal.aborted) {
      // Created before the store is read, so that a change in between is not missed.
      nap = new AbortController()
      const ms = await checkOrRetry()
      if (closing.signal.aborted) return
      await sleep(Math.min(Math.max(ms, 1), CHECK_INTERVAL_MS), nap.signal)
    }
  }
  const watching = watch()

  return {
    checkNow,
    isPaused: outages.isPaused,
    close: async isTakenOver => {
      unsubscribe()
      closing.abort()
      await watching
      await outages.close(isTakenOver)
    },
  }
}

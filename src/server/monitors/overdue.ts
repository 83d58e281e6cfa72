/** Sets overdue monitors to late, except in the pause after a time without a running server. */

import { errorMessage } from '../../system/error-message.ts'
import type { Sleep } from '../../system/sleep.ts'
import { CHECK_INTERVAL_MS, type ClockPair, createClockWatch, MIN_GAP_MS } from './clock-watch.ts'
import { type AliveStore, createLastAlive } from './last-alive.ts'
import { type ArrivedEvent, createLatenessPause } from './lateness-pause.ts'
import { type PauseReason, pauseNotices } from './pause-notices.ts'

/** The part of the store that is used. */
export interface OverdueStore extends AliveStore {
  /** As in store/store.ts. */
  readonly markLate: (now: number) => Promise<number | undefined>
  /** Calls the listener after each commit. */
  readonly onStored: (
    listener: (news: { readonly healthChanged: boolean; readonly events: readonly ArrivedEvent[] }) => void,
  ) => () => void
}

export interface OverdueOptions extends ClockPair {
  readonly store: OverdueStore
  readonly sleep: Sleep
  /** One line, for the server's stderr. */
  readonly warn: (text: string) => void
}

export interface OverdueWatch {
  /** Call it after a change of expectations. */
  readonly checkNow: () => void
  /** True in a pause: no monitor becomes late. */
  readonly isPaused: () => boolean
  readonly close: () => Promise<void>
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
  const { store, clock, wallClock, sleep, warn } = options
  const closing = new AbortController()
  let nap = new AbortController()
  let isDue = true
  const checkNow = () => {
    isDue = true
    nap.abort()
  }
  closing.signal.addEventListener('abort', checkNow)

  const pause = createLatenessPause()
  const notices = pauseNotices(warn, clock)
  const beginPause = (reason: PauseReason) => {
    pause.begin(clock(), wallClock())
    notices.begin(reason)
  }
  const unsubscribe = store.onStored(({ events, healthChanged }) => {
    pause.receive(clock(), events)
    // Only a success after failures or lateness sets an earlier deadline, and that is a change of health.
    if (healthChanged) checkNow()
  })

  const alive = createLastAlive(store, options)
  let isStarted = false
  /** A first start needs no pause: expectations begin with it, so that nothing is overdue. */
  const start = async () => {
    const lastAlive = await alive.read()
    isStarted = true
    if (lastAlive === undefined) return
    const ms = wallClock() - lastAlive
    if (Math.abs(ms) >= MIN_GAP_MS) beginPause({ kind: 'not running', ms })
  }

  const readClocks = createClockWatch(options)
  let nextAt = Number.POSITIVE_INFINITY
  /** Resolves with the time to the next check, in milliseconds. */
  const check = async (): Promise<number> => {
    const gap = readClocks()
    if (!isStarted) await start()
    else if (gap !== undefined) beginPause(gap)
    const pausedMs = pause.remainingMs(clock())
    if (pausedMs !== undefined) return pausedMs
    if (notices.end()) isDue = true
    alive.write()
    if (!isDue && wallClock() < nextAt) return nextAt - wallClock()
    isDue = false
    const now = wallClock()
    const next = (await store.markLate(now)) ?? Number.POSITIVE_INFINITY
    nextAt = Math.min(next, now + MAX_CHECK_INTERVAL_MS)
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
    isPaused: notices.isPaused,
    close: async () => {
      unsubscribe()
      closing.abort()
      await watching
      // After a pause that has not ended, or not even begun, the next server must wait for delayed events.
      const hasGap = readClocks() !== undefined
      if (isStarted && !hasGap && pause.remainingMs(clock()) === undefined) await alive.writeNow()
    },
  }
}

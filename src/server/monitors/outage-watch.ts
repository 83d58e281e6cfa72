/**
 * Decides whether lateness can be judged. It cannot while events are refused, and in the pause after a time without a
 * running server.
 *
 * Of several servers with one store, the one that judges lateness watches. What it stores says whether there is a pause:
 * the next one, which takes over within seconds, finds a fresh time and goes on; or an old one, because there was no server
 * or because of a pause, and begins a pause of its own.
 */

import { CHECK_INTERVAL_MS, type ClockPair, createClockWatch, MIN_GAP_MS } from './clock-watch.ts'
import { type AliveStore, createLastAlive } from './last-alive.ts'
import { type ArrivedEvent, createLatenessPause } from './lateness-pause.ts'
import { type PauseReason, pauseNotices } from './pause-notices.ts'

/** The part of the store that is used. */
export interface OutageStore extends AliveStore {
  /** As in store/store.ts. */
  readonly onStored: (
    listener: (news: {
      readonly healthChanged: boolean
      readonly events: readonly ArrivedEvent[]
      readonly fromOthers?: readonly ArrivedEvent[]
    }) => void,
  ) => () => void
  readonly countFrom: (now: number) => Promise<void>
  /** Calls the listener when events cannot be stored, and with undefined when they can again. */
  readonly onWriteProblem: (listener: (problem: string | undefined) => void) => () => void
}

export interface OutageWatch {
  /**
   * Resolves with 0 if lateness can be judged, else with the time until it can, in milliseconds, or a shorter one. Call
   * it every 10 seconds and before each judgement, since it reads the clocks. Rejects with an error of the store.
   */
  readonly pausedMs: () => Promise<number>
  readonly isPaused: () => boolean
  /** `isTakenOver`: another server may judge lateness by now, so nothing is stored. */
  readonly close: (isTakenOver?: boolean) => Promise<void>
}

export interface OutageOptions extends ClockPair {
  readonly store: OutageStore
  /** True if other servers may have judged lateness before this one. Default: false. */
  readonly hasPeers?: boolean
  /** One line, for the server's stderr. */
  readonly warn: (text: string) => void
}

/**
 * After a larger step forward, the times of earlier events cannot be compared with the clock: a monitor whose last success
 * seems to be three hours old may have succeeded a minute ago. So all rules count from then on. A smaller step is within
 * the leeway for clocks (deadline.ts), and the pause is longer.
 */
const MAX_COMPARABLE_MS = 60_000

export function watchOutages(options: OutageOptions): OutageWatch {
  const { store, clock, wallClock, warn, hasPeers = false } = options
  const readClocks = createClockWatch(options)
  const pause = createLatenessPause()
  const notices = pauseNotices(warn, clock)
  const beginPause = (reason: PauseReason) => {
    // A suspended machine cannot be told from a clock that was set, which two programs may do in turns.
    const isClockChange = reason.kind === 'skipped' || reason.kind === 'set back'
    const begin = isClockChange ? pause.extend : pause.begin
    begin(clock(), wallClock())
    notices.begin(reason)
  }
  /** True if the clock was set forward, and the store does not know it yet. */
  let isClockNew = false
  /** Since when events are refused, by the monotonic clock. Their senders keep them, as if there were no server. */
  let refusingSince: number | undefined
  const subscriptions = [
    store.onStored(({ events, fromOthers = [] }) => pause.receive(clock(), [...events, ...fromOthers])),
    store.onWriteProblem(problem => {
      if (problem !== undefined) {
        refusingSince ??= clock()
        return
      }
      const ms = clock() - (refusingSince ?? clock())
      refusingSince = undefined
      if (ms >= MIN_GAP_MS) beginPause({ kind: 'refusing', ms })
    }),
  ]

  const alive = createLastAlive(store, options)
  let isStarted = false
  /** A first start needs no pause: expectations begin with it, so that nothing is overdue. */
  const start = async () => {
    const lastAlive = await alive.read()
    isStarted = true
    if (lastAlive === undefined) return
    const ms = wallClock() - lastAlive
    if (Math.abs(ms) >= MIN_GAP_MS) beginPause({ kind: hasPeers ? 'no server' : 'not running', ms })
  }

  return {
    pausedMs: async () => {
      const gap = readClocks()
      if (!isStarted) await start()
      else if (gap !== undefined) {
        beginPause(gap)
        isClockNew ||= gap.kind === 'skipped' && gap.ms > MAX_COMPARABLE_MS
      }
      if (isClockNew) {
        await store.countFrom(wallClock())
        isClockNew = false
      }
      if (refusingSince !== undefined) return CHECK_INTERVAL_MS
      const ms = pause.remainingMs(clock())
      if (ms !== undefined) return ms
      notices.end()
      alive.write()
      return 0
    },
    isPaused: () => refusingSince !== undefined || notices.isPaused(),
    close: async (isTakenOver = false) => {
      for (const unsubscribe of subscriptions) unsubscribe()
      if (isTakenOver) return
      const isInterrupted = readClocks() !== undefined || refusingSince !== undefined
      // After a pause that has not ended, or not even begun, the next server must wait for delayed events.
      if (isStarted && !isInterrupted && pause.remainingMs(clock()) === undefined) await alive.writeNow()
    },
  }
}

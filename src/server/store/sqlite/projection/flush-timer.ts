/**
 * Flushes pending rows within 3 s when traffic is low, so that other programs that read the database see them soon.
 * Under load, apply() flushes (projection.ts).
 */

import type { AsyncEngine } from '../thread/async-engine.ts'

const INTERVAL_MS = 1000

export interface FlushTimer {
  /** Call it after each commit. It does nothing while the timer runs or after stop(). */
  readonly start: () => void
  readonly stop: () => void
}

/** Flushes, every second, events that are at least two seconds old, until no event is pending. */
export function createFlushTimer(engine: Pick<AsyncEngine, 'flushDue' | 'newest'>): FlushTimer {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  /**
   * The newest event at the last two ticks: events up to the first of them are due. Ids serve as the clock, since the
   * wall clock may be set back.
   */
  let marks: readonly [due: number, latest: number] = [0, 0]

  const flushNow = async () => {
    const [due, latest] = marks
    marks = [latest, (await engine.newest()).event]
    let remaining = await engine.flushDue(due)
    while (remaining === 'due') remaining = await engine.flushDue(due)
    return remaining
  }
  const tick = async () => {
    // A flush that fails, on a full disk for example, is retried.
    const remaining = await flushNow().catch(() => 'recent' as const)
    timer = undefined
    if (remaining !== 'none') start()
  }
  const start = () => {
    if (timer !== undefined || isStopped) return
    timer = setTimeout(tick, INTERVAL_MS).unref()
  }
  return {
    start,
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

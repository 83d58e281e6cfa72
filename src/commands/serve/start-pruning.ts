/** `--retain`: takes old events and runs out of the store, in the background. */

import type { Store } from '../../server/store/store.ts'
import type { Service } from './service.ts'

const EVERY_MS = 3_600_000

export interface PruningOptions {
  readonly store: Pick<Store, 'prune'>
  /** Milliseconds. */
  readonly retainMs: number
  readonly warn: (words: string) => void
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** Calls back again and again, and returns how to end that. Default: once an hour. */
  readonly every?: (work: () => void) => () => void
}

/** At once, and then each hour. A prune that is still going on is not joined by another. */
export function startPruning({ store, retainMs, warn, wallClock, every = hourly }: PruningOptions): Service {
  let isRunning = false
  const prune = async () => {
    if (isRunning) return
    isRunning = true
    try {
      await store.prune(wallClock() - retainMs)
    } catch (error) {
      warn(`old events could not be removed: ${error instanceof Error ? error.message : String(error)}`)
    }
    isRunning = false
  }
  void prune()
  const end = every(prune)
  return {
    // What goes on is ended by the store's close().
    close: async () => end(),
  }
}

function hourly(work: () => void): () => void {
  const timer = setInterval(work, EVERY_MS)
  return () => clearInterval(timer)
}

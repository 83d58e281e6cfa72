/** `--retain`: removes old events and runs from the store. */

import type { Store } from '../../server/store/store.ts'
import { DEFAULT_RETAIN_MS } from '../../settings/defaults.ts'
import { errorMessage } from '../../system/error-message.ts'
import type { Service, ServiceContext, StartedService } from './service.ts'

const INTERVAL_MS = 3_600_000

export function startPruningService({ options, store, warn }: ServiceContext): StartedService {
  const retainMs = options.retain ?? DEFAULT_RETAIN_MS
  return { ok: true, service: startPruning({ store, retainMs, warn, wallClock: Date.now }) }
}

export interface PruningOptions {
  readonly store: Pick<Store, 'prune'>
  readonly retainMs: number
  readonly warn: (message: string) => void
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** Calls back repeatedly, and returns a function that stops it. Default: every hour. */
  readonly every?: (work: () => void) => () => void
}

/** Prunes at once and then every hour, never twice at the same time. */
export function startPruning({
  store,
  retainMs,
  warn,
  wallClock,
  every = everyHour,
}: PruningOptions): Service {
  let isRunning = false
  const prune = async () => {
    if (isRunning) return
    isRunning = true
    try {
      await store.prune(wallClock() - retainMs)
    } catch (error) {
      warn(`old events could not be removed: ${errorMessage(error)}`)
    }
    isRunning = false
  }
  void prune()
  const stop = every(prune)
  return {
    // The store's close() ends a prune that is running.
    close: async () => stop(),
  }
}

function everyHour(work: () => void): () => void {
  const timer = setInterval(work, INTERVAL_MS)
  return () => clearInterval(timer)
}

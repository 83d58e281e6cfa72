/** `--retain`: removes old events and runs from the store. */

import type { Store } from '../../server/store/store.ts'
import { DEFAULT_RETAIN_MS } from '../../settings/defaults.ts'
import { monotonicMs } from '../../system/clock.ts'
import { errorMessage } from '../../system/error-message.ts'
import type { ServiceContext, StartedService } from './service.ts'

const INTERVAL_MS = 3_600_000

export function startPruningService({ options, store, duties, warn }: ServiceContext): StartedService {
  const retainMs = options.retain ?? DEFAULT_RETAIN_MS
  const duty = duties.run('prune', async term => {
    const pruning = startPruning({ store, retainMs, warn, clock: monotonicMs })
    await term.over
    await pruning.close(term.lost.aborted)
  })
  return { ok: true, service: duty }
}

export interface PruningOptions {
  readonly store: Pick<Store, 'addRunningTime' | 'prune'>
  readonly retainMs: number
  readonly warn: (message: string) => void
  /** Monotonic, in milliseconds. */
  readonly clock: () => number
  /** Calls back repeatedly, and returns a function that stops it. Default: every hour. */
  readonly every?: (work: () => void) => () => void
}

export interface Pruning {
  /** `isTakenOver`: another server counts the running time by now. */
  readonly close: (isTakenOver?: boolean) => Promise<void>
}

/** Counts the running time and prunes, at once and then every hour; never prunes twice at the same time. */
export function startPruning({ store, retainMs, warn, clock, every = everyHour }: PruningOptions): Pruning {
  let countedUpTo = clock()
  let isPruning = false
  const countTime = () => {
    // If it cannot be stored, this time is not counted: history is then kept longer.
    const from = countedUpTo
    countedUpTo = clock()
    return store.addRunningTime(countedUpTo - from)
  }
  const prune = async () => {
    if (isPruning) return
    isPruning = true
    try {
      await countTime()
      await store.prune(retainMs)
    } catch (error) {
      warn(`old events could not be removed: ${errorMessage(error)}`)
    }
    isPruning = false
  }
  void prune()
  const stop = every(prune)
  return {
    // Does not wait for a prune: the store's close() ends it.
    close: async isTakenOver => {
      stop()
      if (isTakenOver !== true) await countTime().catch(() => {})
    },
  }
}

function everyHour(work: () => void): () => void {
  const timer = setInterval(work, INTERVAL_MS)
  return () => clearInterval(timer)
}

/**
 * The relay: sends the events that `cronitor serve` has stored on to another Telemetry API. One loop copies them from the store
 * into a spool, another one delivers what is in the spool. No event is sent before the store knows that it was copied, so that
 * an event is sent once even if the server is killed.
 */

import { createRateLimiter } from '../../spool/drain/rate-limiter.ts'
import { createWakeUp } from '../../system/wake-up.ts'
import { API_RATES } from '../../telemetry/api-limits.ts'
import { copyLoop } from './copy-loop.ts'
import { saveForwardMark } from './copy-stored.ts'
import { deliverLoop } from './deliver-loop.ts'
import type { RelayRun, RelayTools } from './relay-run.ts'

export interface Relay {
  /** Waits for the requests under way, for `graceMs` milliseconds at most. The other events are sent after the next start. */
  readonly close: (graceMs?: number) => Promise<void>
}

const DEFAULT_GRACE_MS = 3000

export function startRelay(tools: RelayTools): Relay {
  const stop = new AbortController()
  const abort = new AbortController()
  const run: RelayRun = {
    ...tools,
    stop: stop.signal,
    abort: abort.signal,
    copyWakeUp: createWakeUp(),
    deliverWakeUp: createWakeUp(),
    putListeners: new Set(),
    rateLimiter: createRateLimiter(Math.random, API_RATES, true),
    copying: Promise.resolve(),
    isSpoolFull: false,
    settledCount: 0,
    refusedCount: 0,
  }
  const unsubscribe = tools.store.onStored(() => {
    if (!run.isSpoolFull) run.copyWakeUp.wake()
  })
  const loops = Promise.all([copyLoop(run), deliverLoop(run)])
  /** The next server begins where this one ends. */
  const saveMark = async () => {
    if (tools.mark !== undefined && tools.isLost?.() !== true) await saveForwardMark(tools.spool, tools.mark)
  }
  return {
    async close(graceMs = DEFAULT_GRACE_MS) {
      unsubscribe()
      stop.abort()
      const timer = setTimeout(() => abort.abort(), graceMs)
      await loops
      clearTimeout(timer)
      await saveMark().catch(() => {})
      tools.sender.close()
    },
  }
}

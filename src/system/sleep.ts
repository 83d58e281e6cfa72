/** Waits by the real clock. */

import { timerMs } from './timer-ms.ts'

/** Resolves after `ms` milliseconds, or as soon as the signal aborts; never rejects. At most 24.8 days. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

export const sleep: Sleep = (ms, signal) =>
  new Promise(resolve => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, timerMs(ms))
    signal.addEventListener('abort', done)
  })

/** Waits by the real clock. */

/** The longest time of a timer (Node.js docs, setTimeout): with more, it would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

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
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS))
    signal.addEventListener('abort', done)
  })

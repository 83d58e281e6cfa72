/** A time limit for promises that may never settle. */

/** The promise's value; undefined if it takes longer than `ms` milliseconds, or if the signal aborts. */
export async function withTimeLimit<Result>(
  promise: Promise<Result>,
  ms: number,
  signal?: AbortSignal,
): Promise<Result | undefined> {
  let finish = (): void => {}
  const over = new Promise<undefined>(resolve => {
    finish = () => resolve(undefined)
  })
  const timer = setTimeout(finish, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS))
  signal?.addEventListener('abort', finish)
  if (signal?.aborted) finish()
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', finish)
  }
}

/** The longest time of a timer (Node.js docs, setTimeout). */
const LONGEST_TIMER_MS = 2 ** 31 - 1

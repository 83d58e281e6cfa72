/** A time limit for promises that may never settle. */

import { timerMs } from './timer-ms.ts'

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
  const timer = setTimeout(finish, timerMs(ms))
  signal?.addEventListener('abort', finish)
  if (signal?.aborted) finish()
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', finish)
  }
}

/** Waits until a time of the monotonic clock, however far away it is. */

import type { Sleep } from './sleep.ts'

/** Resolves at `at`, in milliseconds, or as soon as the signal aborts. A timer alone is limited to 24.8 days. */
export async function sleepUntil(
  at: number,
  { now, sleep }: { readonly now: () => number; readonly sleep: Sleep },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && now() < at) await sleep(at - now(), signal)
}

/** When the tries of a delivery begin once it has a deadline. All times are monotonic milliseconds. */

export interface TryDeadline {
  readonly endsAt: number
  /** A try that begins at this time or later is the last one. */
  readonly lastTryAt: number
}

/**
 * How long before the deadline the last try begins, at most: in milliseconds, and as a share of the whole time. It needs this time
 * for its answer.
 */
const LAST_TRY_MS = 600
const LAST_TRY_SHARE = 0.2

/** Up to half of that is random, since many jobs of a host can end in the same second. */
export function deadlineAfter(withinMs: number, now: number, random: () => number): TryDeadline {
  const lastTryMs = Math.min(withinMs * LAST_TRY_SHARE, LAST_TRY_MS) * (1 - random() / 2)
  return { endsAt: now + withinMs, lastTryAt: now + withinMs - lastTryMs }
}

/** A wait before the next try. */
export interface TryWait {
  /** The next try begins at this time. */
  readonly until: number
  /** `Retry-After` forbids an earlier try. */
  readonly notBefore: number
}

/**
 * When the wait ends if a last try is to fit in before the deadline; undefined if `Retry-After` forbids that.
 *
 * The clients of a host that got the same `Retry-After` spread over the first half of the time that it leaves.
 */
export function waitWithin(
  { until, notBefore }: TryWait,
  { endsAt, lastTryAt }: TryDeadline,
  now: number,
  random: () => number,
): number | undefined {
  if (until <= lastTryAt) return until
  if (notBefore >= endsAt) return undefined
  if (notBefore > lastTryAt) return notBefore + (random() * (endsAt - notBefore)) / 2
  return Math.max(lastTryAt, now)
}

/** How far apart the clients of a host begin again after a common wait, at least, in milliseconds. */
const LEAST_SPREAD_MS = 1000

/** A random time from `limitMs` to half as much again: clients that wait for the same limit must not return together. */
export function spreadMs(limitMs: number, random: () => number): number {
  return limitMs + random() * Math.max(limitMs / 2, LEAST_SPREAD_MS)
}

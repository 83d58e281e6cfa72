/** When the tries of a delivery begin after its deadline is set. All times are monotonic, in milliseconds. */

export interface TryDeadline {
  readonly endsAt: number
  /** A try that begins at this time or later is the last one. */
  readonly lastTryAt: number
}

/**
 * The last try begins this long before the deadline, at most: in milliseconds, and as a share of the whole time. The
 * time is for its answer.
 */
const LAST_TRY_MS = 600
const LAST_TRY_SHARE = 0.2

/** Half of the last try's time is random, because many jobs of a host can end in the same second. */
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
 * When the wait ends, so that a last try fits in before the deadline; undefined if `Retry-After` leaves no time for
 * one.
 *
 * Clients of a host with the same `Retry-After` are spread over the first half of the time that is left after it.
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

/** The shortest period over which the clients of a host are spread after a common wait, in milliseconds. */
const LEAST_SPREAD_MS = 1000

/**
 * `limitMs` and up to half as much, or at least a second, at random: clients that wait for the same limit must not
 * return together.
 */
export function spreadMs(limitMs: number, random: () => number): number {
  return limitMs + random() * Math.max(limitMs / 2, LEAST_SPREAD_MS)
}

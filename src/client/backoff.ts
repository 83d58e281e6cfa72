/** The back-off: how long to wait before the next try. */

/**
 * Ceiling of the first wait, in milliseconds. In the 5 seconds of the default `--deliver-within`, average waits of
 * 0.25, 0.5, 1 and 2 seconds give five tries. A shorter base would only add tries in the first second, and few failures
 * are over by then.
 */
const BASE_MS = 500

/** Ceiling of every wait, in milliseconds. */
const CAP_MS = 10_000

/**
 * Milliseconds to wait: exponential back-off with full jitter, a random time between 0 and a ceiling that doubles up to
 * `capMs` (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * After a `Retry-After`, the random time is added to it, and the ceiling is at least half of it: clients with the same
 * `Retry-After` must not return at the same moment.
 *
 * @param failures how many tries in a row have failed; 1 or more
 * @param random returns a number from 0 up to but not including 1, as Math.random
 */
export function backoffMs(
  failures: number,
  random: () => number,
  retryAfterMs = 0,
  capMs: number = CAP_MS,
): number {
  const grown = Math.max(BASE_MS * 2 ** (failures - 1), retryAfterMs / 2)
  return retryAfterMs + random() * Math.min(capMs, grown)
}

/** How long to wait before an event is tried again. */

/**
 * Ceiling of the first wait. With the 5 seconds that a wrapper stays by default, waits of 0.25, 0.5, 1 and 2 seconds on
 * average give five tries; a shorter base would add tries in the first second, in which few failures pass.
 */
const BASE_MS = 500

const CAP_MS = 10_000

/**
 * Milliseconds to wait: exponential back-off with full jitter, which is spread evenly from 0 to a ceiling that doubles
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), at most `capMs`, which is 10 seconds unless given.
 *
 * A `Retry-After` is a floor that the jitter comes on top of, and widens it to half of itself: all clients that were told the same
 * number would else be back in the same instant.
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

/** The monotonic clock. */

/**
 * Milliseconds since the boot, by a clock that all processes of the host share (CLOCK_MONOTONIC, clock_gettime(2)). Not
 * `performance.now`: the first use of `performance` loads all of node:perf_hooks.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

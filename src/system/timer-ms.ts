/** The longest time of a timer (Node.js docs, setTimeout): with more, it would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * A number of milliseconds that setTimeout() takes. It prints a warning if it gets less than 0, which is what remains of a
 * time limit that has just passed.
 */
export function timerMs(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_TIMER_MS)
}

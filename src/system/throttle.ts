/** For words that would otherwise be said again with each request. */

const EVERY_MS = 60_000

/** Calls `say` at most once a minute; what is said between is dropped. `clock` is monotonic, in milliseconds. */
export function throttle(say: (text: string) => void, clock: () => number): (text: string) => void {
  let saidAt: number | undefined
  return words => {
    const now = clock()
    if (saidAt !== undefined && now - saidAt < EVERY_MS) return
    saidAt = now
    say(words)
  }
}

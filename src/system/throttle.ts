/** Limits how often the same warning is printed. */

const EVERY_MS = 60_000

/** Calls `say` at most once a minute and drops the other calls. `clock` is monotonic, in milliseconds. */
export function throttle(say: (text: string) => void, clock: () => number): (text: string) => void {
  let saidAt: number | undefined
  return text => {
    const now = clock()
    if (saidAt !== undefined && now - saidAt < EVERY_MS) return
    saidAt = now
    say(text)
  }
}

/** Limits how often the same warning is printed. */

const EVERY_MS = 60_000

/** Calls `say` at most once in `everyMs` and drops the other calls. `clock` is monotonic, in milliseconds. */
export function throttle(
  say: (text: string) => void,
  clock: () => number,
  everyMs = EVERY_MS,
): (text: string) => void {
  let saidAt: number | undefined
  return text => {
    const now = clock()
    if (saidAt !== undefined && now - saidAt < everyMs) return
    saidAt = now
    say(text)
  }
}

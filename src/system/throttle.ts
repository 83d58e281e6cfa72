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

/** So that texts which always differ cannot fill a log. */
const MAX_TEXTS = 8

/** Calls `say` at most once in `everyMs` with the same text, and with at most `MAX_TEXTS` of them; drops the other calls. */
export function throttleEach(
  say: (text: string) => void,
  clock: () => number,
  everyMs = EVERY_MS,
): (text: string) => void {
  const saidAt = new Map<string, number>()
  return text => {
    const now = clock()
    for (const [known, at] of saidAt) if (now - at >= everyMs) saidAt.delete(known)
    if (saidAt.has(text) || saidAt.size >= MAX_TEXTS) return
    saidAt.set(text, now)
    say(text)
  }
}

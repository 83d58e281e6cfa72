/** Has what derive.ts puts off written before long also where little comes: for those who read the database itself. */

import type { AsyncEngine } from '../engine.ts'

const LOOKED_FOR_AFTER_MS = 1000

/**
 * To be called after each commit, and once at the start for what a crash has left; until the store is closed (`isOver`).
 * What is put off is written after 2 to 3 s.
 */
export function laterWriter(
  engine: Pick<AsyncEngine, 'writeOld' | 'newest'>,
  isOver: () => boolean,
): () => void {
  let isWaiting = false
  /** What was the newest event the last time but one, and the last time. By a clock that is set back it would wait for long. */
  let marks: readonly [number, number] = [0, 0]
  const look = async () => {
    const [upTo, next] = marks
    marks = [next, (await engine.newest()).event]
    let left = await engine.writeOld(upTo)
    while (left === 'old') left = await engine.writeOld(upTo)
    return left
  }
  const later = () => {
    if (isWaiting || isOver()) return
    isWaiting = true
    const goOn = (isLeft: boolean) => {
      isWaiting = false
      if (isLeft) later()
    }
    // Where it cannot be written, as on a full disk, it is tried again.
    const attempt = () =>
      look().then(
        left => goOn(left !== 'nothing'),
        () => goOn(true),
      )
    setTimeout(attempt, LOOKED_FOR_AFTER_MS).unref()
  }
  return later
}

/** Has what derive.ts puts off written before long also where little comes: for those who read the database itself. */

import type { AsyncEngine } from './engine-store.ts'

const WRITTEN_AFTER_MS = 2000
const LOOKED_FOR_AFTER_MS = 1000

/** To be called after each commit. `wallClock`: milliseconds since 1970. */
export function laterWriter(engine: Pick<AsyncEngine, 'writeOld'>, wallClock: () => number): () => void {
  let isWaiting = false
  const look = async () => {
    const left = await engine.writeOld(wallClock() - WRITTEN_AFTER_MS)
    if (left === 'old') return look()
    isWaiting = false
    if (left === 'young') later()
  }
  const later = () => {
    if (isWaiting) return
    isWaiting = true
    const onFailure = () => {
      // The disk is full, or the store is closed; what comes later, or the next start, has it written.
      isWaiting = false
    }
    setTimeout(() => look().catch(onFailure), LOOKED_FOR_AFTER_MS).unref()
  }
  return later
}

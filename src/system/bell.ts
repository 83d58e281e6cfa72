/** Wakes who waits for something to do. A ring that comes while nobody waits is kept for the next wait. */

import { sleep } from './sleep.ts'

export interface Bell {
  readonly ring: () => void
  /** Resolves at a ring, after `ms` milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export function createBell(): Bell {
  let rang = false
  let wake = (): void => {}
  return {
    ring() {
      rang = true
      wake()
    },
    async wait(ms, signal) {
      const over = new AbortController()
      if (!rang) {
        const woken = new Promise<void>(resolve => {
          wake = resolve
        })
        await Promise.race([woken, sleep(ms, AbortSignal.any([signal, over.signal]))])
      }
      over.abort()
      rang = false
    },
  }
}

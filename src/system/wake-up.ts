/** Wakes a loop that waits for work. A wake-up that comes while nothing waits ends the next wait at once. */

import { sleep } from './sleep.ts'

export interface WakeUp {
  readonly wake: () => void
  /** Resolves at a wake-up, after `ms` milliseconds, or as soon as the signal aborts; never rejects. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export function createWakeUp(): WakeUp {
  let isPending = false
  let endWait = (): void => {}
  return {
    wake() {
      isPending = true
      endWait()
    },
    async wait(ms, signal) {
      const over = new AbortController()
      if (!isPending) {
        const woken = new Promise<void>(resolve => {
          endWait = resolve
        })
        await Promise.race([woken, sleep(ms, AbortSignal.any([signal, over.signal]))])
      }
      over.abort()
      isPending = false
    },
  }
}

/** Lets a loop wait until something has changed. A change is never missed, even if nobody waits when it comes. */

import type { Sleep } from '../../system/sleep.ts'

export interface ChangeSignal {
  /** Ends the wait, or the next one. */
  readonly notify: () => void
  /** To be called before the loop looks at its state: changes from then on end the next wait. */
  readonly clear: () => void
  /** True if something has changed since `clear`. */
  readonly isPending: () => boolean
  /** Resolves at a change since `clear`, at the latest after `ms` milliseconds; never rejects. */
  readonly wait: (ms: number) => Promise<void>
}

export function createChangeSignal(sleep: Sleep): ChangeSignal {
  let isPending = false
  let resolveWait = (): void => {}
  return {
    notify() {
      isPending = true
      resolveWait()
    },
    clear() {
      isPending = false
    },
    isPending: () => isPending,
    async wait(ms) {
      if (isPending) return
      const over = new AbortController()
      const woken = new Promise<void>(resolve => {
        resolveWait = resolve
      })
      await Promise.race([woken, sleep(ms, over.signal)])
      over.abort()
    },
  }
}

/** One event for any number of listeners: each waits for the next one. */

export interface Broadcast {
  readonly send: () => void
  /** Resolves at the next `send`. */
  readonly next: () => Promise<void>
}

export function createBroadcast(): Broadcast {
  let resolveNext = () => {}
  const renew = () =>
    new Promise<void>(resolve => {
      resolveNext = resolve
    })
  let next = renew()
  return {
    send: () => {
      resolveNext()
      next = renew()
    },
    next: () => next,
  }
}

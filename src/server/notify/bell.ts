/** Wakes those who wait for something new. */

export interface Bell {
  readonly ring: () => void
  /** Resolves when it is rung for the next time. */
  readonly next: () => Promise<void>
}

export function createBell(): Bell {
  let ringing = () => {}
  const renew = () =>
    new Promise<void>(resolve => {
      ringing = resolve
    })
  let rung = renew()
  return {
    ring: () => {
      ringing()
      rung = renew()
    },
    next: () => rung,
  }
}

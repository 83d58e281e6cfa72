/** Chooses between several addresses of one API: which one a try begins with, and which ones may follow. */

export interface AddressChoice {
  /** The addresses for one try, by their index, in the order in which they are tried. At least one. */
  order(): readonly number[]
  /** The address has answered, and not that its service is away: the next tries begin with it. */
  noteReached(index: number): void
  /** The address was not reached, or asks for a wait of so many milliseconds. */
  noteFailed(index: number, retryAfterMs?: number): void
}

const BACK_TO_FIRST_MS = 60_000

/**
 * The choice of one process, for all its connections. It begins with the first address.
 *
 * @param now monotonic time in milliseconds
 * @param backAfterMs how long the tries begin with another address than the first one, in milliseconds
 */
export function createAddressChoice(
  count: number,
  now: () => number,
  backAfterMs = BACK_TO_FIRST_MS,
): AddressChoice {
  const indexes = Array.from({ length: count }, (_, index) => index)
  const notBefore = indexes.map(() => Number.NEGATIVE_INFINITY)
  let preferred = 0
  let firstAgainAt = 0
  return {
    order() {
      const time = now()
      const isBack = preferred !== 0 && time >= firstAgainAt
      // One try asks the first address again. Until it has an answer, the others need not wait for it.
      if (isBack) firstAgainAt = time + backAfterMs
      const all = [...new Set([...(isBack ? [0] : []), preferred, ...indexes])]
      const ready = all.filter(index => (notBefore[index] ?? 0) <= time)
      return ready.length > 0 ? ready : all
    },
    noteReached(index) {
      if (index !== 0 && index !== preferred) firstAgainAt = now() + backAfterMs
      preferred = index
    },
    noteFailed(index, retryAfterMs = 0) {
      notBefore[index] = now() + retryAfterMs
    },
  }
}

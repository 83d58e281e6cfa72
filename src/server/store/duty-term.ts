/** The time for which this server has a duty, beside other servers. It ends by the clock unless it is renewed. */

import { aborted } from '../../system/aborted.ts'
import type { Sleep } from '../../system/sleep.ts'
import { DUTY_LEASE_MS } from './peers.ts'

/** The time for which a server has a duty. */
export interface Term {
  /** Aborted when the server ends: what is under way may be finished. The duty is kept meanwhile. */
  readonly stop: AbortSignal
  /** Aborted when the duty is lost: another server may have it by now, and nothing more may be done. */
  readonly lost: AbortSignal
  /** Resolves with the first of the two. */
  readonly over: Promise<void>
  /** True if the duty is lost. Reads the clock: this process may have been stopped for an hour. */
  readonly isLost: () => boolean
  /**
   * Asks the database whether this server still has the duty. Call it right before what cannot be undone: this process may
   * have been stopped for an hour. Rejects with an error of the database.
   */
  readonly confirm: () => Promise<boolean>
}

/** A lease ends here a little earlier than in the database, in case that the two clocks do not run equally fast. */
const MARGIN_MS = 500

export interface DutyTerm extends Term {
  readonly lose: () => void
  /** The database was asked at `askedAt`, by the monotonic clock, and has renewed the lease. */
  readonly renewed: (askedAt: number) => void
}

export interface TermOptions {
  /** When the database was asked for the duty, by the monotonic clock, in milliseconds. */
  readonly askedAt: number
  readonly stop: AbortSignal
  /** Asks the database. True if this server still has the duty. */
  readonly renew: () => Promise<boolean>
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly sleep: Sleep
}

export function openTerm({ askedAt, stop, renew, clock, sleep }: TermOptions): DutyTerm {
  const untilFrom = (at: number) => at + DUTY_LEASE_MS - MARGIN_MS
  const losing = new AbortController()
  const { signal: lost } = losing
  let until = untilFrom(askedAt)
  const isLost = () => {
    if (clock() >= until) losing.abort()
    return lost.aborted
  }
  const renewed = (at: number) => {
    // Another server may have had the duty in between, if the answer comes after the lease.
    if (!isLost()) until = Math.max(until, untilFrom(at))
  }
  const expire = async () => {
    while (!isLost()) await sleep(until - clock(), lost)
  }
  void expire()
  return {
    stop,
    lost,
    over: aborted(AbortSignal.any([stop, lost])),
    confirm: async () => {
      if (isLost()) return false
      const at = clock()
      if (await renew()) renewed(at)
      else losing.abort()
      return !isLost()
    },
    lose: () => losing.abort(),
    isLost,
    renewed,
  }
}

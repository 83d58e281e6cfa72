/**
 * Does each duty while this server has it. Servers with one database agree by leases: a server renews its leases every few
 * seconds, and another one takes over when a lease has ended. A server without others has all duties.
 */

import { aborted } from '../../system/aborted.ts'
import type { Sleep } from '../../system/sleep.ts'
import { type DutyTerm, openTerm, type Term } from './duty-term.ts'
import type { DutyTable, Peers } from './peers.ts'

export interface HeldDuty {
  /** Ends the work, waits for it, and leaves the duty to the other servers. Never rejects. */
  readonly close: () => Promise<void>
}

export interface Duties {
  /** False: there are no other servers, and this one has all duties. */
  readonly areShared: boolean
  /**
   * Calls `work` at the start of each term. It must resolve soon after the term is over, and never reject. A name is used
   * once at a time.
   */
  readonly run: (name: string, work: (term: Term) => Promise<void>) => HeldDuty
}

/** A duty is renewed this often, and tried as often by the servers that do not have it. */
export const RENEW_MS = 3000

/** A server that ends waits no longer for the database, in milliseconds. */
const MAX_LEAVE_MS = 2000

export interface DutyClock {
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly sleep: Sleep
}

export function dutiesOf(peers: Peers | undefined, options: DutyClock): Duties {
  return peers === undefined ? soleDuties : createDuties(peers, options)
}

/** The duties of a server that has no others beside it. They cost nothing. */
export const soleDuties: Duties = {
  areShared: false,
  run: (_name, work) => {
    const stop = new AbortController()
    const { signal: lost } = new AbortController()
    const over = aborted(stop.signal)
    const done = work({ stop: stop.signal, lost, over, isLost: () => false, confirm: async () => true })
    return {
      close: async () => {
        stop.abort()
        await done
      },
    }
  },
}

interface WantedDuty {
  readonly work: (term: Term) => Promise<void>
  readonly stop: AbortController
  /** Undefined while this server does not have the duty, and its work has ended. */
  current: { readonly term: DutyTerm; readonly done: Promise<void> } | undefined
}

export function createDuties(table: DutyTable, { clock, sleep }: DutyClock): Duties {
  const duties = new Map<string, WantedDuty>()
  let isKeeping = false
  let nap = new AbortController()

  const begin = (name: string, duty: WantedDuty, askedAt: number): void => {
    const renew = async () => (await table.holdDuties({ held: [name], wanted: [] })).includes(name)
    const term = openTerm({ askedAt, stop: duty.stop.signal, renew, clock, sleep })
    const work = async () => {
      if (!term.isLost()) await duty.work(term)
      term.lose()
      duty.current = undefined
      nap.abort()
    }
    duty.current = { term, done: Promise.resolve().then(work) }
  }
  const renewAll = async (): Promise<void> => {
    const held: string[] = []
    const wanted: string[] = []
    for (const [name, { current, stop }] of duties) {
      if (current === undefined) {
        if (!stop.signal.aborted) wanted.push(name)
      } else if (!current.term.isLost()) held.push(name)
    }
    if (held.length + wanted.length === 0) return
    const askedAt = clock()
    const names = new Set(await table.holdDuties({ held, wanted }))
    for (const name of held) {
      const term = duties.get(name)?.current?.term
      if (names.has(name)) term?.renewed(askedAt)
      else term?.lose()
    }
    for (const name of wanted) {
      if (!names.has(name)) continue
      const duty = duties.get(name)
      if (duty !== undefined && !duty.stop.signal.aborted) begin(name, duty, askedAt)
      else await table.leaveDuty(name)
    }
  }
  const keep = async (): Promise<void> => {
    isKeeping = true
    const unsubscribe = table.onDutyLeft(() => nap.abort())
    while (duties.size > 0) {
      // Created before the query, so that no duty that was left in between is missed.
      nap = new AbortController()
      // Without the database, terms end by the clock.
      await renewAll().catch(() => {})
      await sleep(RENEW_MS, nap.signal)
    }
    unsubscribe()
    isKeeping = false
  }

  return {
    areShared: true,
    run: (name, work) => {
      const duty: WantedDuty = { work, stop: new AbortController(), current: undefined }
      duties.set(name, duty)
      if (isKeeping) nap.abort()
      else void keep()
      return {
        close: async () => {
          duty.stop.abort()
          await duty.current?.done
          duties.delete(name)
          nap.abort()
          // Without the database, the lease ends by itself.
          const over = new AbortController()
          const left = table.leaveDuty(name).catch(() => {})
          await Promise.race([left.then(() => over.abort()), sleep(MAX_LEAVE_MS, over.signal)])
        },
      }
    },
  }
}

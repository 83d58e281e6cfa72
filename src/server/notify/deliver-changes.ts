/** Passes the changes of the store on to one channel: in order, each at least once, across restarts. */

import { backoffMs } from '../../client/backoff.ts'
import type { Sleep } from '../../system/sleep.ts'
import type { Store } from '../store/store.ts'
import type { Broadcast } from './broadcast.ts'
import type { Channel } from './channel.ts'

export type ChangeStore = Pick<Store, 'changes' | 'cursor' | 'setCursor' | 'newest'>

export interface DeliveryContext {
  readonly store: ChangeStore
  /** Sent when there may be new changes, and when `stop` is aborted. */
  readonly newChanges: Broadcast
  /** Nothing more is begun. */
  readonly stop: AbortSignal
  /** What is under way is given up. */
  readonly cut: AbortSignal
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly sleep: Sleep
  readonly random: () => number
  readonly warn: (problem: string) => void
}

/** A notification that is older than this is given up once it has failed. */
export const MAX_NOTIFICATION_AGE_MS = 24 * 3_600_000

/** A receiver that is there again hears of it within a minute. */
const LONGEST_PAUSE_MS = 60_000

/**
 * The id of the first change that is to be passed on. A channel that is new begins with the next change there is. What
 * is kept is the id of that next one, not of the last that was passed on: 0 then means that there was none yet.
 */
export async function openCursor({ cursor }: Channel, store: ChangeStore): Promise<number> {
  const kept = await store.cursor(cursor)
  if (kept > 0) return kept
  const next = (await store.newest()).change + 1
  await store.setCursor(cursor, next)
  return next
}

/** Resolves once `stop` is aborted and what was under way has come to an end; never rejects. */
export async function deliverChanges(
  channel: Channel,
  first: number,
  outside: DeliveryContext,
): Promise<void> {
  const { store, newChanges, stop, cut, sleep, random, warn } = outside
  let next = first
  let failures = 0
  let isStoreFailing = false
  while (!stop.aborted) {
    // Before the store is asked, so that no change is missed in between.
    const rung = newChanges.next()
    try {
      const unread = await store.changes({ after: next - 1, limit: channel.bundle?.atMost ?? 1 })
      isStoreFailing = false
      const told = unread.length > (channel.bundle?.over ?? 1) ? unread : unread.slice(0, 1)
      const last = told.at(-1)
      if (last === undefined) {
        await rung
        continue
      }
      const outcome = await channel.deliver(told, cut)
      if (outcome.kind === 'failed') {
        if (cut.aborted) return
        if (failures === 0) warn(`${channel.name}: ${outcome.problem}; it is tried again for 24 hours`)
        failures += 1
        next = await afterTooOld(channel, next, outcome.problem, outside)
        await sleep(backoffMs(failures, random, outcome.retryAfterMs, LONGEST_PAUSE_MS), stop)
        continue
      }
      if (outcome.kind === 'refused') {
        warn(`${channel.name}: ${outcome.problem}; ${count(told.length)} given up`)
      }
      failures = 0
      next = last.id + 1
      await store.setCursor(channel.cursor, next)
    } catch (error) {
      if (!isStoreFailing) warn(`${channel.name}: the store failed: ${reasonOf(error)}`)
      isStoreFailing = true
      await sleep(STORE_PAUSE_MS, stop)
    }
  }
}

const STORE_PAUSE_MS = 10_000

/** The id to go on with: behind those that have waited for too long, which are given up together. */
async function afterTooOld(
  channel: Channel,
  next: number,
  problem: string,
  { store, wallClock, warn }: DeliveryContext,
): Promise<number> {
  const oldest = wallClock() - MAX_NOTIFICATION_AGE_MS
  let given = 0
  let after = next
  for (;;) {
    const waiting = await store.changes({ after: after - 1, limit: 1000 })
    // They come in the order of their ids; a clock that was set back does not hold those behind up.
    const young = waiting.findIndex(({ at }) => at > oldest)
    const old = young === -1 ? waiting : waiting.slice(0, young)
    const last = old.at(-1)
    if (last === undefined) break
    given += old.length
    after = last.id + 1
    await store.setCursor(channel.cursor, after)
  }
  if (given > 0) warn(`${channel.name}: ${count(given)} given up after 24 hours: ${problem}`)
  return after
}

function count(notifications: number): string {
  return notifications === 1 ? '1 notification is' : `${notifications} notifications are`
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

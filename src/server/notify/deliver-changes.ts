/** Delivers the changes of the store to one channel: in order, each at least once, also across restarts. */

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
  /** Aborted: no further delivery starts. */
  readonly stop: AbortSignal
  /** Aborted: the current delivery is abandoned. */
  readonly abandon: AbortSignal
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly sleep: Sleep
  readonly random: () => number
  readonly warn: (problem: string) => void
}

/** After a failure, notifications that are older than this are dropped. */
export const MAX_NOTIFICATION_AGE_MS = 24 * 3_600_000

/** A receiver that works again gets its notifications within a minute. */
const LONGEST_PAUSE_MS = 60_000

/**
 * The id of the first change to deliver. A new channel starts with the next change. The store keeps the id of the next change,
 * not of the last one, because 0 means that the store knows no position.
 */
export async function openCursor({ cursor }: Channel, store: ChangeStore): Promise<number> {
  const kept = await store.cursor(cursor)
  if (kept > 0) return kept
  const next = (await store.newest()).change + 1
  await store.setCursor(cursor, next)
  return next
}

/** Resolves after `stop` is aborted and the current delivery has ended. Never rejects. */
export async function deliverChanges(
  channel: Channel,
  first: number,
  context: DeliveryContext,
): Promise<void> {
  const { store, newChanges, stop, abandon, sleep, random, warn } = context
  let next = first
  let failures = 0
  let isStoreFailing = false
  while (!stop.aborted) {
    // Before the store is read, so that no change in between is missed.
    const rung = newChanges.next()
    try {
      const unread = await store.changes({ after: next - 1, limit: channel.bundle?.atMost ?? 1 })
      isStoreFailing = false
      const batch = unread.length > (channel.bundle?.over ?? 1) ? unread : unread.slice(0, 1)
      const last = batch.at(-1)
      if (last === undefined) {
        await rung
        continue
      }
      const outcome = await channel.deliver(batch, abandon)
      if (outcome.kind === 'failed') {
        if (abandon.aborted) return
        if (failures === 0) warn(`${channel.name}: ${outcome.problem}; it will be retried for 24 hours`)
        failures += 1
        next = await afterTooOld(channel, next, outcome.problem, context)
        await sleep(backoffMs(failures, random, outcome.retryAfterMs, LONGEST_PAUSE_MS), stop)
        continue
      }
      if (outcome.kind === 'refused') {
        warn(`${channel.name}: ${outcome.problem}; ${count(batch.length)} dropped`)
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

/** Drops all notifications that are too old. Returns the id of the next change to deliver. */
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
    // Stops at the first one that is young enough. Ids, not times, give the order: the clock may have been set back.
    const young = waiting.findIndex(({ at }) => at > oldest)
    const old = young === -1 ? waiting : waiting.slice(0, young)
    const last = old.at(-1)
    if (last === undefined) break
    given += old.length
    after = last.id + 1
    await store.setCursor(channel.cursor, after)
  }
  if (given > 0) warn(`${channel.name}: ${count(given)} dropped after 24 hours: ${problem}`)
  return after
}

function count(notifications: number): string {
  return notifications === 1 ? '1 notification was' : `${notifications} notifications were`
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

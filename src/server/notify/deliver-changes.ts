/** Delivers the changes of the store to one channel: in order, each at least once, also across restarts. */

import { backoffMs } from '../../client/backoff.ts'
import { errorMessage } from '../../system/error-message.ts'
import type { Sleep } from '../../system/sleep.ts'
import type { Store } from '../store/store.ts'
import type { Broadcast } from './broadcast.ts'
import type { Changes, Channel, NotifyOutcome } from './channel.ts'
import { countOf, dropOld } from './drop-old-changes.ts'
import { createMessageQueue, type MessageQueue } from './message-queue.ts'

export type ChangeStore = Pick<Store, 'changes' | 'cursor' | 'setCursor' | 'newest' | 'newestOlderThan'>

export interface DeliveryContext {
  readonly store: ChangeStore
  /** Sent when there may be new changes, and when `stop` is aborted. */
  readonly newChanges: Broadcast
  /** Aborted: what waits is delivered at once, without retries. */
  readonly stop: AbortSignal
  /** Aborted: the current delivery is abandoned. */
  readonly abandon: AbortSignal
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  readonly sleep: Sleep
  readonly random: () => number
  readonly warn: (problem: string) => void
}

/** A receiver that works again gets its notifications within a minute. */
const LONGEST_PAUSE_MS = 60_000

const STORE_PAUSE_MS = 10_000

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

/** Failed deliveries in a row. */
interface Failures {
  count: number
  /** When the first of them failed, by the monotonic clock. */
  since: number
}

/**
 * Resolves after `stop` is aborted, once what waits has been delivered, or a delivery has failed or was abandoned. Never
 * rejects.
 */
export async function deliverChanges(
  channel: Channel,
  first: number,
  context: DeliveryContext,
): Promise<void> {
  const { newChanges, stop, abandon, sleep, warn } = context
  const queue = createMessageQueue(first, context)
  const failures: Failures = { count: 0, since: 0 }
  let isStoreFailing = false
  while (!abandon.aborted) {
    // Before the store is read, so that no change in between is missed.
    const rung = newChanges.next()
    try {
      const [change, ...others] = await queue.read()
      isStoreFailing = false
      if (change !== undefined) {
        const outcome = await channel.deliver([change, ...others], abandon)
        if (outcome.kind === 'failed' && stop.aborted) return
        await handleOutcome(channel, outcome, [change, ...others], queue, failures, context)
      } else if (stop.aborted) return
      else await rung
    } catch (error) {
      if (!isStoreFailing) warn(`${channel.name}: the store failed: ${errorMessage(error)}`)
      isStoreFailing = true
      if (stop.aborted) return
      await sleep(STORE_PAUSE_MS, stop)
    }
  }
}

async function handleOutcome(
  { name, cursor }: Channel,
  outcome: NotifyOutcome,
  { length }: Changes,
  queue: MessageQueue,
  failures: Failures,
  context: DeliveryContext,
): Promise<void> {
  const { store, stop, clock, sleep, random, warn } = context
  switch (outcome.kind) {
    case 'failed':
      if (failures.count === 0) {
        failures.since = clock()
        warn(`${name}: ${outcome.problem}; it will be retried for 24 hours`)
      }
      failures.count += 1
      await dropOld({ name, cursor }, queue, outcome.problem, clock() - failures.since, context)
      return sleep(backoffMs(failures.count, random, outcome.retryAfterMs, LONGEST_PAUSE_MS), stop)
    case 'refused-together':
      warn(`${name}: ${outcome.problem}; ${length} notifications are sent one by one`)
      return queue.split()
    case 'refused':
      warn(`${name}: ${outcome.problem}; ${countOf(length)} dropped`)
      break
    case 'delivered':
      break
    default:
      outcome satisfies never
  }
  failures.count = 0
  queue.settle()
  await store.setCursor(cursor, queue.position())
}

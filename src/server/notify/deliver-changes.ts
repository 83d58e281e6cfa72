/**
 * Delivers the changes of the store to one channel: in order, each at least once, also across restarts. Of several servers
 * one does so at a time; each asks right before it sends whether it is still the one.
 */

import { backoffMs } from '../../client/backoff.ts'
import { errorMessage } from '../../system/error-message.ts'
import type { Sleep } from '../../system/sleep.ts'
import type { Store } from '../store/store.ts'
import type { Broadcast } from './broadcast.ts'
import type { Changes, Channel, NotifyOutcome } from './channel.ts'
import { countOf, dropOld } from './drop-old-changes.ts'
import { createMessageQueue, type MessageQueue } from './message-queue.ts'

export type ChangeStore = Pick<Store, 'changes' | 'cursor' | 'moveCursor' | 'newest' | 'newestOlderThan'>

export interface DeliveryContext {
  readonly store: ChangeStore
  /** Sent when there may be new changes, and when `stop` is aborted. */
  readonly newChanges: Broadcast
  /** Aborted: what waits is delivered at once, without retries. */
  readonly stop: AbortSignal
  /** Aborted: the current delivery is abandoned. */
  readonly abandon: AbortSignal
  /** False if another server delivers by now. Rejects with an error of the store. */
  readonly confirm: () => Promise<boolean>
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
 * Lets a new channel start with the next change. The store keeps the id of the next change, not of the last one, because 0
 * means that the store knows no position.
 */
export async function openCursor({ cursor }: Channel, store: ChangeStore): Promise<void> {
  if ((await store.cursor(cursor)) > 0) return
  const next = (await store.newest()).change + 1
  // If another server has done so meanwhile, its position is right.
  await store.moveCursor(cursor, 0, next)
}

/** What waits for the channel, and how far the store knows that it was delivered. */
interface Position {
  readonly queue: MessageQueue
  /** Stores the position of the queue. False if another server has stored another one. */
  readonly save: () => Promise<boolean>
}

async function openPosition({ cursor }: Channel, context: DeliveryContext): Promise<Position> {
  const { store } = context
  let stored = await store.cursor(cursor)
  const queue = createMessageQueue(stored, context)
  return {
    queue,
    save: async () => {
      const to = queue.position()
      const isSaved = await store.moveCursor(cursor, stored, to)
      stored = to
      return isSaved
    },
  }
}

/** Failed deliveries in a row. */
interface Failures {
  count: number
  /** When the first of them failed, by the monotonic clock. */
  since: number
}

/**
 * Resolves after `stop` is aborted, once what waits has been delivered, or a delivery has failed or was abandoned; and if
 * another server delivers. Never rejects.
 */
export async function deliverChanges(channel: Channel, context: DeliveryContext): Promise<void> {
  const { newChanges, stop, abandon, confirm, sleep, warn } = context
  let position: Position | undefined
  const failures: Failures = { count: 0, since: 0 }
  let isStoreFailing = false
  while (!abandon.aborted) {
    // Before the store is read, so that no change in between is missed.
    const rung = newChanges.next()
    try {
      position ??= await openPosition(channel, context)
      const [change, ...others] = await position.queue.read()
      isStoreFailing = false
      if (change !== undefined) {
        if (!(await confirm())) return
        const outcome = await channel.deliver([change, ...others], abandon)
        if (outcome.kind === 'failed' && stop.aborted) return
        const goesOn = await handleOutcome(channel, outcome, [change, ...others], position, failures, context)
        if (!goesOn) return
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

/** False if another server delivers. */
async function handleOutcome(
  { name }: Channel,
  outcome: NotifyOutcome,
  { length }: Changes,
  { queue, save }: Position,
  failures: Failures,
  context: DeliveryContext,
): Promise<boolean> {
  const { stop, clock, sleep, random, warn } = context
  switch (outcome.kind) {
    case 'failed':
      if (failures.count === 0) {
        failures.since = clock()
        warn(`${name}: ${outcome.problem}; it will be retried for 24 hours`)
      }
      failures.count += 1
      await dropOld({ name, save }, queue, outcome.problem, clock() - failures.since, context)
      await sleep(backoffMs(failures.count, random, outcome.retryAfterMs, LONGEST_PAUSE_MS), stop)
      return true
    case 'refused-together':
      warn(`${name}: ${outcome.problem}; ${length} notifications are sent one by one`)
      queue.split()
      return true
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
  return save()
}

/** Drops notifications that a receiver has not accepted for a day: they would be no news. */

import type { Store } from '../store/store.ts'
import type { MessageQueue } from './message-queue.ts'

export const MAX_NOTIFICATION_AGE_MS = 24 * 3_600_000

/**
 * How long each notification is retried, however old it is. A job that failed, or became late, while the server was not
 * running for days is news after its start.
 */
export const MIN_RETRY_MS = 3_600_000

export interface DropContext {
  readonly store: Pick<Store, 'changes' | 'newestOlderThan'>
  readonly warn: (problem: string) => void
}

/**
 * Removes all notifications from the queue that are too old. `failingMs`: how long the channel has been failing. `save`
 * stores the position of the queue, or returns false.
 */
export async function dropOld(
  { name, save }: { readonly name: string; readonly save: () => Promise<boolean> },
  queue: MessageQueue,
  problem: string,
  failingMs: number,
  { store, warn }: DropContext,
): Promise<void> {
  if (failingMs < MIN_RETRY_MS) return
  // By the time for which servers have run: by the wall clock, a jump would make all of them too old.
  const { change: oldUpTo } = await store.newestOlderThan(MAX_NOTIFICATION_AGE_MS)
  let dropped = 0
  for (;;) {
    const waiting = await store.changes({ after: queue.position() - 1, limit: 1000 })
    const old = waiting.filter(({ id }) => id <= oldUpTo)
    const last = old.at(-1)
    if (last === undefined) break
    dropped += old.length
    queue.skipTo(last.id + 1)
    // Another server delivers by now, and decides that for itself.
    if (!(await save())) break
  }
  if (dropped > 0) warn(`${name}: ${countOf(dropped)} dropped after 24 hours: ${problem}`)
}

/** A number of notifications as the subject of a passive sentence. */
export function countOf(notifications: number): string {
  return notifications === 1 ? '1 notification was' : `${notifications} notifications were`
}

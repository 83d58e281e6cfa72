/**
 * Lets another server go on where the relay of this one has stopped.
 *
 * The spool is on the disk of one host, which may never come back. So with several servers the store also knows up to which
 * event all have left the spool. The next relay begins there, and what is still in the spool of this one is then stale.
 */

import { removeEvent } from '../../spool/change-event.ts'
import { listEvents } from '../../spool/list-events.ts'
import type { Spool } from '../../spool/spool.ts'
import type { Store } from '../store/store.ts'

export interface ForwardMark {
  /** `waiting`: the ids of the events in the spool. `copiedUpTo`: the last event that was copied into it. */
  readonly save: (waiting: Iterable<number>, copiedUpTo: number) => Promise<void>
}

/** The next event to send: 0 means that the store knows none. */
const NEXT = 'forward-next'

/** The id of a stored event as one in the spool (EventFileName.id). */
export function spoolIdOfStored(id: number): string {
  return id.toString(16).padStart(12, '0')
}

export function storedIdOf(spoolId: string): number {
  return Number.parseInt(spoolId, 16)
}

/**
 * Call it when this server begins to relay. `copied` is the cursor of the events that were copied: it is set back to what
 * was sent. Rejects with an error of the store or the spool.
 */
export async function openForwardMark(
  store: Pick<Store, 'cursor' | 'moveCursor' | 'setCursor'>,
  spool: Spool,
  copied: string,
): Promise<ForwardMark> {
  let next = await store.cursor(NEXT)
  if (next === 0) {
    // The first server that sends on begins with the cursor.
    next = (await store.cursor(copied)) + 1
    await store.moveCursor(NEXT, 0, next)
  }
  let saved = next - 1
  const stale = []
  for await (const name of listEvents(spool, 'queue')) if (storedIdOf(name.id) <= saved) stale.push(name)
  for (const name of stale) await removeEvent(spool, 'queue', name)
  await store.setCursor(copied, saved)
  return {
    save: async (waiting, copiedUpTo) => {
      let mark = copiedUpTo
      // Older ones were put there again by `cronitor spool retry`.
      for (const id of waiting) if (id > saved) mark = Math.min(mark, id - 1)
      if (mark <= saved) return
      if (!(await store.moveCursor(NEXT, saved + 1, mark + 1)))
        throw new Error('another server sends events on')
      saved = mark
    },
  }
}

/**
 * Lets another server go on where the relay of this one has stopped.
 *
 * The spool is on the disk of one host, which may never come back. So with several servers the store also knows up to which
 * event all have left the spool. The next relay begins there, and what is still in the spool of this one is then stale.
 */

import { removeEvent } from '../../spool/change-event.ts'
import { listEvents } from '../../spool/list-events.ts'
import { readEvent } from '../../spool/read-event.ts'
import type { Spool } from '../../spool/spool.ts'
import type { Store } from '../store/store.ts'

export interface ForwardMark {
  /** The last event that was copied into this spool, or that another server has sent on. */
  readonly copiedUpTo: () => Promise<number>
  readonly noteCopied: (id: number) => void
  /** `waiting`: the ids of the events in the spool. Call it after `copiedUpTo`, and before more events are copied. */
  readonly save: (waiting: Iterable<number>) => Promise<void>
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
 * Call it when this server begins to relay. `begun` is the last event that the first relay of all does not send. Rejects with
 * an error of the store or the spool.
 */
export async function openForwardMark(
  store: Pick<Store, 'cursor' | 'moveCursor'>,
  spool: Spool,
  begun: number,
): Promise<ForwardMark> {
  await store.moveCursor(NEXT, 0, begun + 1)
  let saved = (await store.cursor(NEXT)) - 1
  // Not in the store: a server that was stopped for a while would move it on for events that only its own spool has.
  let copied = saved
  await removeStale(spool, saved)
  return {
    copiedUpTo: async () => {
      const sent = (await store.cursor(NEXT)) - 1
      // After a failover the database may have lost the last events, and use their ids again.
      copied = sent < saved ? sent : Math.max(copied, sent)
      saved = sent
      return copied
    },
    noteCopied: id => {
      copied = id
    },
    save: async waiting => {
      let mark = copied
      // Older ones were put there again by `cronitor spool retry`.
      for (const id of waiting) if (id > saved) mark = Math.min(mark, id - 1)
      // False if another server has moved it: copiedUpTo() reads it the next time.
      if (mark > saved && (await store.moveCursor(NEXT, saved + 1, mark + 1))) saved = mark
    },
  }
}

/** Removes the events that another server has sent on. What was refused and then put back was not: no other server has it. */
async function removeStale(spool: Spool, sentUpTo: number): Promise<void> {
  const old = []
  for await (const name of listEvents(spool, 'queue')) if (storedIdOf(name.id) <= sentUpTo) old.push(name)
  for (const name of old) {
    const content = await readEvent(spool, 'queue', name)
    // The drain deals with what cannot be read.
    if (content?.kind === 'event' && content.spooled.putBack !== true) await removeEvent(spool, 'queue', name)
  }
}

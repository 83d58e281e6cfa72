import type { ReceivedEvent } from '../event.ts'

/** 2000-01-01: what is older is no date but a number of something else. */
const EARLIEST_MS = 946_684_800_000

/**
 * When an event happened, in whole milliseconds since 1970: its `stamp`, where that is a date since 2000 and not in the
 * future, else when it was received.
 */
export function happenedAt({ stamp, receivedAt }: Pick<ReceivedEvent, 'stamp' | 'receivedAt'>): number {
  const at = Math.round((stamp ?? Number.NaN) * 1000)
  return at >= EARLIEST_MS && at <= receivedAt ? at : Math.round(receivedAt)
}

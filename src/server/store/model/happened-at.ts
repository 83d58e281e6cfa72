/** Decides when an event happened. */

import type { ReceivedEvent } from '../event.ts'

/** 2000-01-01. An earlier stamp is not a date in seconds since 1970. */
export const EARLIEST_STAMP_MS = 946_684_800_000

/**
 * In whole milliseconds since 1970: the event's `stamp` if that is a date from 2000 on and not in the future, else the
 * time of its receipt.
 */
export function happenedAt({ stamp, receivedAt }: Pick<ReceivedEvent, 'stamp' | 'receivedAt'>): number {
  const at = Math.round((stamp ?? Number.NaN) * 1000)
  return at >= EARLIEST_STAMP_MS && at <= receivedAt ? at : Math.round(receivedAt)
}

/** Says if the stamp of an event does not count as its time. */

import type { Ignored } from '../http/ignored-counter.ts'
import { EARLIEST_STAMP_MS } from '../store/model/happened-at.ts'

/** Clocks that are set by NTP differ by less. */
const LEEWAY_MS = 60_000

/** `stamp` is in seconds and `receivedAt` in milliseconds since 1970. */
export function stampProblem(stamp: number | undefined, receivedAt: number): readonly Ignored[] {
  if (stamp === undefined) return []
  const at = stamp * 1000
  if (at < EARLIEST_STAMP_MS) {
    return [{ parameter: 'stamp', reason: 'it is before 2000: the time of receipt counts' }]
  }
  // Milliseconds in the place of seconds end here too.
  return at > receivedAt + LEEWAY_MS
    ? [{ parameter: 'stamp', reason: 'it is in the future: the time of receipt counts' }]
    : []
}

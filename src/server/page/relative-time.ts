/** How long ago something was: the server writes it, and the browser updates it. */

import { durationInOneUnit } from '../../system/duration.ts'

/** Differences below this count as now, in milliseconds: the clocks of two machines differ. */
const NOW_MS = 5000

/** `just now`, `3 min ago` or `in 2 h`. Both are in milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  const ago = now - at
  if (Math.abs(ago) < NOW_MS) return 'just now'
  const text = durationInOneUnit(Math.abs(ago))
  return ago > 0 ? `${text} ago` : `in ${text}`
}

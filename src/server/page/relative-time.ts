/** How long ago, and how long: the server writes it, and the browser keeps it true. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Both in milliseconds since 1970. The clocks of two machines differ: a few seconds either way are "just now". */
export function relativeTime(at: number, now: number): string {
  const ago = now - at
  if (Math.abs(ago) < 5 * SECOND) return 'just now'
  const text = roughly(Math.abs(ago))
  return ago > 0 ? `${text} ago` : `in ${text}`
}

/** Of milliseconds, in the largest unit that holds one: `12 s`, `3 min`, `2 h`, `5 d`. */
export function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(Math.max(ms, 0) / SECOND)} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`
  return `${Math.floor(ms / DAY)} d`
}

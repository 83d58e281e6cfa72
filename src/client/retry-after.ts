/** Reads the header field Retry-After (RFC 9110, 10.2.3). */

/** The longest wait: a wrong clock or a typing error of a server must not stop a courier for days. */
export const MAX_RETRY_AFTER_MS = 3_600_000

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*'
const CLOCK = '\\d{2}:\\d{2}:\\d{2}'
/** RFC 9110, 5.6.7: IMF-fixdate, and the two obsolete forms that a recipient must accept as well. */
const HTTP_DATE = new RegExp(
  `^${DAY}(?:, \\d{2} [A-Z][a-z]{2} \\d{4} ${CLOCK} GMT|, \\d{2}-[A-Z][a-z]{2}-\\d{2} ${CLOCK} GMT| [A-Z][a-z]{2} [ \\d]\\d ${CLOCK} \\d{4})$`,
)

/**
 * How long to wait, in milliseconds from 0 to one hour; undefined if the value is neither seconds nor an HTTP-date.
 *
 * @param now milliseconds since 1970, compared with a date
 */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d+$/.test(text)) return bounded(Number(text) * 1000)
  if (!HTTP_DATE.test(text)) return undefined
  // asctime's form names no time zone and means GMT; Date.parse would assume local time.
  const time = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(time) ? undefined : bounded(time - now)
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS)
}

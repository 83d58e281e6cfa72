/** Durations as they are written in flags, environment and files, and as they are said in words of our own. */

export type ParsedDuration =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly problem: string }

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Longer than any sensible wait and far from where a number loses whole milliseconds. */
const LONGEST_MS = 1000 * 86_400_000

/**
 * Reads `90`, `90s`, `1500ms`, `10m`, `2h` or `1d`; a bare number is seconds, as for GNU `timeout` and `sleep`.
 *
 * Returns milliseconds, 0 to 1000 days. Signs, decimals, white space, capitals and sums (`1h30m`) are wrong.
 * The result can exceed what `setTimeout` takes (2^31-1 ms, about 24.8 days): who sets a timer caps it.
 */
export function parseDuration(text: string): ParsedDuration {
  const match = /^(\d+)(ms|s|m|h|d)?$/.exec(text)
  if (match === null) {
    return { ok: false, problem: 'expected a duration such as 90, 90s, 1500ms, 10m, 2h or 1d' }
  }
  const ms = Number(match[1]) * (UNITS[match[2] ?? 's'] ?? Number.NaN)
  // Written so that Infinity, from hundreds of digits, is refused too.
  if (!(ms <= LONGEST_MS)) return { ok: false, problem: 'expected a duration of at most 1000d' }
  return { ok: true, ms }
}

/**
 * Says a duration in the units that `parseDuration` reads: `250ms`, `1.5s`, `10m`, `2h5m`, `1d0.5s`.
 *
 * `ms` is milliseconds, 0 or more; fractions are rounded. Parts that are zero are left out, `0s` is nothing at all.
 */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms)
  if (rest > 0 && rest < 1000) return `${rest}ms`
  let words = ''
  for (const unit of ['d', 'h', 'm'] as const) {
    const length = UNITS[unit] ?? Number.NaN
    const count = Math.floor(rest / length)
    if (count > 0) words += `${count}${unit}`
    rest -= count * length
  }
  return rest > 0 || words === '' ? `${words}${rest / 1000}s` : words
}

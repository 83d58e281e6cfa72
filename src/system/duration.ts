/** Durations: read from flags, environment and files, and written in the forms that messages and the page use. */

export type ParsedDuration =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly problem: string }

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }

/** Longer than any sensible wait and far from where a number loses whole milliseconds. */
const LONGEST_MS = 1000 * DAY_MS

/**
 * Reads `90`, `90s`, `1500ms`, `10m`, `2h` or `1d`; a bare number is seconds, as for GNU `timeout` and `sleep`.
 *
 * Returns milliseconds, 0 to 1000 days. Rejects signs, decimals, white space, capitals and sums (`1h30m`).
 * The result can exceed what `setTimeout` takes (2^31-1 ms, about 24.8 days): callers that set a timer cap it.
 */
export function parseDuration(text: string): ParsedDuration {
  const match = /^(\d+)(ms|s|m|h|d)?$/.exec(text)
  if (match === null) {
    return { ok: false, problem: 'expected a duration such as 90, 90s, 1500ms, 10m, 2h or 1d' }
  }
  const ms = Number(match[1]) * (UNITS[match[2] ?? 's'] ?? Number.NaN)
  // `!(… <= …)` also rejects Infinity, which hundreds of digits give.
  if (!(ms <= LONGEST_MS)) return { ok: false, problem: 'expected a duration of at most 1000d' }
  return { ok: true, ms }
}

/**
 * Exact, in the units that `parseDuration` reads: `250ms`, `1.5s`, `10m`, `2h5m`, `1d0.5s`.
 *
 * `ms` is 0 or more milliseconds, and is rounded. Omits parts that are zero; `0s` if all are.
 */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms)
  if (rest > 0 && rest < SECOND_MS) return `${rest}ms`
  let text = ''
  for (const unit of ['d', 'h', 'm'] as const) {
    const length = UNITS[unit] ?? Number.NaN
    const count = Math.floor(rest / length)
    if (count > 0) text += `${count}${unit}`
    rest -= count * length
  }
  return rest > 0 || text === '' ? `${text}${rest / 1000}s` : text
}

const ROUGH_UNITS = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
] as const

/** `0s`, `45s`, `3h12m`, `2d`: the largest unit and the one below it, rounded down; `0s` for negative durations. */
export function roughDuration(ms: number): string {
  const first = ROUGH_UNITS.findIndex(([, length]) => ms >= length)
  if (first === -1) return '0s'
  let rest = ms
  let text = ''
  for (const [unit, length] of ROUGH_UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / length)
    if (count > 0) text += `${count}${unit}`
    rest -= count * length
  }
  return text
}

/** For prose: `340 ms`, `4.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function readableDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return inTwoUnits(whole, 60, 'min', 1, 's')
  if (whole < 2 * 86_400) return inTwoUnits(whole, 3600, 'h', 60, 'min')
  return inTwoUnits(whole, 86_400, 'd', 3600, 'h')
}

function inTwoUnits(
  seconds: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const rest = Math.floor((seconds % large) / small)
  const first = `${Math.floor(seconds / large)} ${largeName}`
  return rest === 0 ? first : `${first} ${rest} ${smallName}`
}

/** For prose, rounded down to the largest unit: `12 s`, `3 min`, `2 h`, `5 d`; hours up to two days. */
export function durationInOneUnit(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.floor(Math.max(ms, 0) / SECOND_MS)} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`
  return `${Math.floor(ms / DAY_MS)} d`
}

/** For an axis, in one unit with at most one decimal: `0`, `500 ms`, `1.5 min`. */
export function axisDuration(seconds: number): string {
  if (seconds === 0) return '0'
  if (seconds < 1) return `${withOneDecimal(seconds * 1000)} ms`
  if (seconds < 60) return `${withOneDecimal(seconds)} s`
  if (seconds < 3600) return `${withOneDecimal(seconds / 60)} min`
  if (seconds < 2 * 86_400) return `${withOneDecimal(seconds / 3600)} h`
  return `${withOneDecimal(seconds / 86_400)} d`
}

function withOneDecimal(value: number): string {
  return String(Math.round(value * 10) / 10)
}

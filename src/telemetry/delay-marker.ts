/** What is said of an event that is sent late: when it happened, as a parameter and in front of its message. */

export interface Late {
  /** When it happened, in milliseconds since 1970. */
  readonly occurredAt: number
  /** The time now, in milliseconds since 1970. */
  readonly now: number
  /** Is the time to be sent as `stamp`, in Unix seconds? The vendor's own clients send it under this name. */
  readonly stamp: boolean
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** `[delayed 3h12m] `: two units at the most, rounded down. Of less than a second, or of a clock that was set back, nothing is said. */
export function lateMarker({ occurredAt, now }: Late): string {
  if (now - occurredAt < 1000) return ''
  return `[delayed ${roughDuration(now - occurredAt)}] `
}

/** `0s`, `45s`, `3h12m`, `2d`: the largest unit and the one below it, without fractions; for negative times `0s`. */
export function roughDuration(ms: number): string {
  const first = UNITS.findIndex(([, length]) => ms >= length)
  if (first === -1) return '0s'
  let rest = ms
  let words = ''
  for (const [unit, length] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / length)
    if (count > 0) words += `${count}${unit}`
    rest -= count * length
  }
  return words
}

/** Unix seconds, whole ones. */
export function stampOf({ occurredAt }: Late): string {
  return String(Math.max(0, Math.floor(occurredAt / 1000)))
}

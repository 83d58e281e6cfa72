/** The clock of a time zone: its offset from UTC, and when it is changed. */

export interface ClockChange {
  /** The first moment with the new offset, in milliseconds since 1970. */
  readonly at: number
  /** Milliseconds east of UTC. */
  readonly offsetBefore: number
  readonly offsetAfter: number
}

export interface ZoneClock {
  /** Milliseconds east of UTC at that moment. */
  readonly offsetAt: (ms: number) => number
  /** The first change after `after`, up to and including `until`. */
  readonly firstChange: (after: number, until: number) => ClockChange | undefined
}

const DAY_MS = 86_400_000

/** One for each zone: Intl.DateTimeFormat takes 50 µs to make, and the changes of a year a millisecond to find. */
const clocks = new Map<string, ZoneClock>()

/** Undefined if the name is no IANA time zone that this runtime knows. */
export function zoneClock(zone: string): ZoneClock | undefined {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  // Intl also accepts `+01:00`, which is an offset and no zone.
  const format = /^[a-z]/i.test(zone) ? offsetFormat(zone) : undefined
  if (format === undefined) return undefined
  const clock = clockOf(format)
  clocks.set(zone, clock)
  return clock
}

/** The zone that the process has from TZ or the system. */
export function hostZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch {
    return undefined
  }
}

/** `10/25/2026, GMT+02:00`; without a time at offset 0, and with seconds long ago. */
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

function clockOf(format: Intl.DateTimeFormat): ZoneClock {
  const years = new Map<number, readonly ClockChange[]>()
  const offsetAt = (ms: number) => {
    const [, sign, hours, minutes, seconds] = OFFSET.exec(format.format(ms)) ?? []
    if (sign === undefined) return 0
    const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0)
    return (sign === '-' ? -size : size) * 1000
  }
  const changesOf = (year: number) => {
    const known = years.get(year) ?? findChanges(year, offsetAt)
    years.set(year, known)
    return known
  }
  return {
    offsetAt,
    firstChange: (after, until) => {
      const last = new Date(until).getUTCFullYear()
      for (let year = new Date(after).getUTCFullYear(); year <= last; year++) {
        const change = changesOf(year).find(({ at }) => at > after)
        if (change !== undefined) return change.at <= until ? change : undefined
      }
      return undefined
    },
  }
}

/** Looks at each day of a UTC year: a zone that changes its clock twice within a day would be missed. */
function findChanges(year: number, offsetAt: (ms: number) => number): ClockChange[] {
  const changes: ClockChange[] = []
  const end = Date.UTC(year + 1, 0)
  let offsetBefore = offsetAt(Date.UTC(year, 0))
  for (let day = Date.UTC(year, 0); day < end; day += DAY_MS) {
    const offsetAfter = offsetAt(day + DAY_MS)
    if (offsetAfter !== offsetBefore) {
      changes.push({ at: findChange(day, day + DAY_MS, offsetBefore, offsetAt), offsetBefore, offsetAfter })
    }
    offsetBefore = offsetAfter
  }
  return changes
}

/** To the second, between a moment with the old offset and one with the new offset. */
function findChange(from: number, to: number, offset: number, offsetAt: (ms: number) => number): number {
  let before = from
  let after = to
  while (after - before > 1000) {
    const middle = before + Math.floor((after - before) / 2000) * 1000
    if (offsetAt(middle) === offset) before = middle
    else after = middle
  }
  return after
}

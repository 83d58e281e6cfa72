/** When the clocks of a time zone are set forward or back. */

const HOUR = 3600

function offsetAt(format: Intl.DateTimeFormat, seconds: number): number {
  const parts = new Map(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
  return wall / 1000 - seconds
}

export interface ClockChange {
  /** The first second with the new time, since 1970. */
  readonly at: number
  /** Forward if positive. */
  readonly bySeconds: number
}

/** From `from` to `until`, in seconds since 1970 that are full hours. */
export function clockChanges(zone: string, from: number, until: number): ClockChange[] {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  })
  const changes: ClockChange[] = []
  // All zones change at a full or half hour of UTC.
  let before = offsetAt(format, from)
  for (let at = from; at < until; at += HOUR / 2) {
    const offset = offsetAt(format, at)
    if (offset !== before) changes.push({ at, bySeconds: offset - before })
    before = offset
  }
  return changes
}

/** Times in the time zone of a rule. */

/** `2026-11-24 02:00`. `zone` is a name of the IANA database; by default, the zone of this host. */
export function zonedTime(at: number, zone?: string): string {
  const { year, month, day, hour, minute } = partsOf(at, zone)
  return `${year}-${month}-${day} ${hour}:${minute}`
}

/** `02:00`. */
export function zonedClockTime(at: number, zone?: string): string {
  const { hour, minute } = partsOf(at, zone)
  return `${hour}:${minute}`
}

/** A formatter takes a hundred times as long to create as to use. */
const formatters = new Map<string | undefined, Intl.DateTimeFormat>()

function partsOf(at: number, zone: string | undefined): Record<string, string> {
  let formatter = formatters.get(zone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
    formatters.set(zone, formatter)
  }
  return Object.fromEntries(formatter.formatToParts(at).map(({ type, value }) => [type, value]))
}

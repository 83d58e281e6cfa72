/** Says in front of a message how much of the output it leaves out. */

const UNITS = ['kB', 'MB', 'GB'] as const

/** `[… 12.3 MB earlier] ` for a count of bytes; decimal units (1 kB = 1000 B), one decimal from kB up, GB the largest. */
export function earlierMarker(bytes: number): string {
  return `[… ${amount(bytes)} earlier] `
}

function amount(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  let value = bytes / 1000
  let unit = 0
  // 999.95 would be written as 1000.0 of the smaller unit.
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value.toFixed(1)} ${UNITS[unit]}`
}

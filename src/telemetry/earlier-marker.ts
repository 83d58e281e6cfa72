/** Marks a message whose output was cut at its front. */

const UNITS = ['kB', 'MB', 'GB'] as const

/** `[… 12.3 MB earlier] `: decimal units (1 kB = 1000 B) up to GB, one decimal from kB up. */
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

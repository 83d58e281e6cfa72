/** Parses sizes from flags, environment and files, and formats them for messages. */

export type ParsedSize =
  | { readonly ok: true; readonly bytes: number }
  | { readonly ok: false; readonly problem: string }

const UNITS: Readonly<Record<string, number>> = { m: 1024 * 1024, k: 1024 }

/** A TiB: more than any sensible spool, and far from where a number loses single bytes. */
const LARGEST_BYTES = 1024 ** 4

/**
 * Parses `500`, `64k` or `10m`. A number without a unit is bytes; the units are multiples of 1024, as for GNU `head`
 * and `dd`.
 *
 * Returns bytes, 0 to 1 TiB. Rejects signs, decimals, white space, capitals and other units.
 */
export function parseSize(text: string): ParsedSize {
  const match = /^(\d+)([km])?$/.exec(text)
  if (match === null) return { ok: false, problem: 'expected a size such as 500, 64k or 10m' }
  const bytes = Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1)
  // The negation also rejects Infinity, which hundreds of digits give.
  if (!(bytes <= LARGEST_BYTES)) {
    return { ok: false, problem: `expected a size of at most ${formatSize(LARGEST_BYTES)}` }
  }
  return { ok: true, bytes }
}

/**
 * A whole number of bytes in the form that `parseSize` reads, with the largest unit that divides it: `500`, `64k`,
 * `10m`.
 */
export function formatSize(bytes: number): string {
  for (const [unit, length] of Object.entries(UNITS)) {
    if (bytes >= length && bytes % length === 0) return `${bytes / length}${unit}`
  }
  return String(bytes)
}

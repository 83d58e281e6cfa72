/** The sizes of text in the units of the message limits: UTF-16 units, UTF-8 bytes, percent-encoded bytes. */

export interface Size {
  /** UTF-16 code units. */
  readonly units: number
  /** Bytes in UTF-8. */
  readonly bytes: number
  /**
   * Bytes in a query: 1 for `A-Za-z0-9-_.!~*()`, else 3 for each byte in UTF-8. `fetch` encodes an apostrophe, which
   * `encodeURIComponent` does not (URL Standard, special-query percent-encode set).
   */
  readonly encoded: number
}

const UNRESERVED: Size = { units: 1, bytes: 1, encoded: 1 }
const ONE_BYTE: Size = { units: 1, bytes: 1, encoded: 3 }
const TWO_BYTES: Size = { units: 1, bytes: 2, encoded: 6 }
const THREE_BYTES: Size = { units: 1, bytes: 3, encoded: 9 }
const FOUR_BYTES: Size = { units: 2, bytes: 4, encoded: 12 }

/** The size of one code point (0 to 0x10FFFF; not a surrogate). */
export function sizeOf(codePoint: number): Size {
  if (codePoint > 0xffff) return FOUR_BYTES
  if (codePoint > 0x7ff) return THREE_BYTES
  if (codePoint > 0x7f) return TWO_BYTES
  return /[A-Za-z0-9\-_.!~*()]/.test(String.fromCharCode(codePoint)) ? UNRESERVED : ONE_BYTE
}

/** Length in bytes of `encodeForQuery(text)`; `text` has no lone surrogates. */
export function encodedLength(text: string): number {
  let length = 0
  for (const character of text) length += sizeOf(character.codePointAt(0) ?? 0).encoded
  return length
}

/** Percent-encodes a value for a query; `text` has no lone surrogates. */
export function encodeForQuery(text: string): string {
  return encodeURIComponent(text).replaceAll("'", '%27')
}

/** Replaces each lone surrogate, which cannot be encoded, by U+FFFD. */
export function wellFormed(text: string): string {
  return text.toWellFormed()
}

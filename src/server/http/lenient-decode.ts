/** Decodes percent-encoded text of clients that encode it wrongly, as the URL Standard does (https://url.spec.whatwg.org/#percent-decode). */

export interface Decoded {
  readonly text: string
  /** True if bytes that are not UTF-8 became U+FFFD. */
  readonly isRepaired: boolean
}

/**
 * `raw` has one character for each byte, as Node.js gives the request target. A `%` that starts no escape is kept. Bytes that
 * a client did not encode, such as those of `ä` in curl's command line, are read as UTF-8 too.
 */
export function decodeLeniently(raw: string): Decoded {
  // Almost all texts pass one of these two, which are several times as fast as the rest.
  if (!/[%\x80-\xff]/.test(raw)) return { text: raw, isRepaired: false }
  if (!/[\x80-\xff]/.test(raw)) {
    try {
      return { text: decodeURIComponent(raw), isRepaired: false }
    } catch {}
  }
  const bytes = Buffer.from(
    raw.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  try {
    return { text: decode(bytes, true), isRepaired: false }
  } catch {
    return { text: decode(bytes, false), isRepaired: true }
  }
}

/** @throws TypeError if `fatal` and the bytes are not UTF-8 */
function decode(bytes: Buffer, fatal: boolean): string {
  // A byte order mark is part of the text, as for decodeURIComponent.
  return new TextDecoder('utf-8', { fatal, ignoreBOM: true }).decode(bytes)
}

/** Cuts text to a number of bytes, between code points. */

/** The first `maxBytes` bytes of the text as UTF-8 at most. Lone surrogates become U+FFFD. */
export function startOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  let end = Math.min(bytes.length, maxBytes)
  while (end < bytes.length && isContinuation(bytes[end])) end -= 1
  return bytes.toString('utf8', 0, end)
}

/** The last ones. */
export function endOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  let start = Math.max(0, bytes.length - maxBytes)
  while (start < bytes.length && isContinuation(bytes[start])) start += 1
  return bytes.toString('utf8', start)
}

/** RFC 3629, 3: of a character of several bytes, all but the first are 10xxxxxx. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

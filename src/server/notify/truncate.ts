/** Truncates text to a number of bytes, without splitting a character. */

/** At most the first `maxBytes` bytes of the text in UTF-8. Lone surrogates become U+FFFD. */
export function startOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  let end = Math.min(bytes.length, maxBytes)
  while (end < bytes.length && isContinuation(bytes[end])) end -= 1
  return bytes.toString('utf8', 0, end)
}

/** At most the last `maxBytes` bytes. */
export function endOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  let start = Math.max(0, bytes.length - maxBytes)
  while (start < bytes.length && isContinuation(bytes[start])) start += 1
  return bytes.toString('utf8', start)
}

/** RFC 3629, 3: all bytes of a character but the first are 10xxxxxx. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

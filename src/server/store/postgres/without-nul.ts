/** PostgreSQL rejects a text with a NUL. No stored text has one (model/), so a text with U+FFFD instead finds nothing else. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\uFFFD')
}

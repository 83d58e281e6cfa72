/** Takes secrets out of text that is sent, printed or logged. */

/** Shorter values than this many UTF-16 units are no secrets here: they would blot out ordinary words. */
export const MIN_SECRET_LENGTH = 8

const REDACTED = '[redacted]'

interface Range {
  readonly from: number
  readonly to: number
}

/**
 * `text` with each secret of `MIN_SECRET_LENGTH` or longer, plain or percent-encoded, replaced by `[redacted]`.
 * Occurrences that overlap become one, so that a longer secret hides a shorter one and no remainder of either is left.
 */
export function redact(text: string, secrets: readonly string[]): string {
  return replaceRanges(text, merge(occurrences(text, forms(secrets))), 0)
}

/**
 * As `redact`, for text whose front was cut: what stands at its very start may be the rest of a secret, and is dropped.
 * The result is a suffix of what `redact` makes of the whole text. A chance match costs a few characters of it.
 */
export function redactFrontCut(text: string, secrets: readonly string[]): string {
  const wanted = forms(secrets)
  const rest = Math.max(0, ...wanted.map(secret => properSuffixAtStart(text, secret)))
  const ranges = merge([{ from: 0, to: rest }, ...occurrences(text, wanted)])
  const front = ranges[0]
  if (rest === 0 || front === undefined) return replaceRanges(text, ranges, 0)
  return replaceRanges(text, ranges.slice(1), front.to)
}

/** The strings to look for: each secret as it is and, where that differs, percent-encoded. */
function forms(secrets: readonly string[]): string[] {
  const long = secrets.filter(secret => secret.length >= MIN_SECRET_LENGTH)
  return [...new Set(long.flatMap(secret => [secret, ...percentEncoded(secret)]))]
}

/** Encoders differ in what they leave as it is (RFC 3986, 2.2) and in the case of the digits (2.1). */
function percentEncoded(text: string): string[] {
  // encodeURIComponent throws on a lone surrogate, which cannot be in a request anyway.
  const encoded = encodeURIComponent(text.toWellFormed())
  const strict = encoded.replace(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  return [encoded, strict].flatMap(form => [form, form.replace(/%../g, code => code.toLowerCase())])
}

function occurrences(text: string, wanted: readonly string[]): Range[] {
  const found: Range[] = []
  for (const secret of wanted) {
    let from = text.indexOf(secret)
    while (from !== -1) {
      found.push({ from, to: from + secret.length })
      from = text.indexOf(secret, from + 1)
    }
  }
  return found
}

function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = merged.at(-1)
    if (last !== undefined && range.from < last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    } else if (range.to > range.from) {
      merged.push(range)
    }
  }
  return merged
}

function replaceRanges(text: string, ranges: readonly Range[], start: number): string {
  let result = ''
  let at = start
  for (const { from, to } of ranges) {
    result += text.slice(at, from) + REDACTED
    at = to
  }
  return result + text.slice(at)
}

function properSuffixAtStart(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length -= 1) {
    if (text.startsWith(secret.slice(-length))) return length
  }
  return 0
}

/** Redacts secrets in text that is sent, printed or logged. */

/** Secrets that are shorter, in UTF-16 units, are not redacted: ordinary words would be removed. */
export const MIN_SECRET_LENGTH = 8

const REDACTED = '[redacted]'

interface Range {
  readonly from: number
  readonly to: number
}

/**
 * Replaces each secret of `MIN_SECRET_LENGTH` or more, plain or percent-encoded, by `[redacted]`. Overlapping occurrences are
 * replaced as one, so that no part of either remains.
 */
export function redact(text: string, secrets: readonly string[]): string {
  return replaceRanges(text, merge(occurrences(text, forms(secrets))), 0)
}

/**
 * As `redact`, for text whose front was cut off. If its start may be the rest of a secret, that is dropped, which can also remove
 * a few innocent characters. The result is a suffix of the redacted complete text.
 */
export function redactFrontCut(text: string, secrets: readonly string[]): string {
  const wanted = forms(secrets)
  const rest = Math.max(0, ...wanted.map(secret => properSuffixAtStart(text, secret)))
  const ranges = merge([{ from: 0, to: rest }, ...occurrences(text, wanted)])
  const front = ranges[0]
  if (rest === 0 || front === undefined) return replaceRanges(text, ranges, 0)
  return replaceRanges(text, ranges.slice(1), front.to)
}

/** The strings to search for: each secret, and its percent-encoded forms if they differ. */
function forms(secrets: readonly string[]): string[] {
  const long = secrets.filter(secret => secret.length >= MIN_SECRET_LENGTH)
  return [...new Set(long.flatMap(secret => [secret, ...percentEncoded(secret)]))]
}

/** Encoders differ in the characters that they encode (RFC 3986, 2.2) and in the case of the digits (2.1). */
function percentEncoded(text: string): string[] {
  // encodeURIComponent throws on a lone surrogate, which cannot occur in a request anyway.
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

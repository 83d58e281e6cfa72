/** Redacts secrets in text that is sent, printed or logged. */

/** Secrets that are shorter, in UTF-16 units, are not redacted: ordinary words would be removed. */
export const MIN_SECRET_LENGTH = 8

const REDACTED = '[redacted]'

export interface Range {
  readonly from: number
  readonly to: number
}

/** Finds in a line what must not be reported, besides secrets that are known by their text. */
export type FindHidden = (line: string) => readonly Range[]

/**
 * Replaces each secret of `MIN_SECRET_LENGTH` or more by `[redacted]`: plain, percent-encoded, or escaped as in JSON.
 * Overlapping occurrences are replaced as one, so that no part of either remains.
 */
export function redact(text: string, secrets: readonly string[], findHidden?: FindHidden): string {
  return redactRanges(text, [...occurrences(text, secretForms(secrets)), ...hiddenIn(text, findHidden)])
}

/** Replaces parts of the text, which may overlap and be in any order, by `[redacted]`. */
export function redactRanges(text: string, ranges: readonly Range[]): string {
  return ranges.length === 0 ? text : replaceRanges(text, merge(ranges), 0)
}

/**
 * As `redact`, for text whose front was cut off. If its start may be the rest of a secret, that is dropped, which can also remove
 * a few innocent characters. The result is a suffix of the redacted complete text.
 */
export function redactFrontCut(text: string, secrets: readonly string[], findHidden?: FindHidden): string {
  const wanted = secretForms(secrets)
  const rest = Math.max(0, ...wanted.map(secret => properSuffixAtStart(text, secret)))
  const ranges = merge([{ from: 0, to: rest }, ...occurrences(text, wanted), ...hiddenIn(text, findHidden)])
  const front = ranges[0]
  if (rest === 0 || front === undefined) return replaceRanges(text, ranges, 0)
  return replaceRanges(text, ranges.slice(1), front.to)
}

/** The strings to search for: each secret that is long enough, and its encoded forms if they differ. */
export function secretForms(secrets: readonly string[]): string[] {
  const long = secrets.filter(secret => secret.length >= MIN_SECRET_LENGTH)
  return [...new Set(long.flatMap(secret => [secret, ...percentEncoded(secret), ...jsonEscaped(secret)]))]
}

/** RFC 8259, 7: encoders may escape the slash. */
function jsonEscaped(text: string): string[] {
  const escaped = JSON.stringify(text).slice(1, -1)
  return [escaped, escaped.replaceAll('/', '\\/')]
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

function hiddenIn(text: string, findHidden: FindHidden | undefined): Range[] {
  if (findHidden === undefined) return []
  const found: Range[] = []
  let start = 0
  for (const line of text.split('\n')) {
    for (const { from, to } of findHidden(line)) found.push({ from: start + from, to: start + to })
    start += line.length + 1
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

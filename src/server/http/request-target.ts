/** Parses a request target into path segments and query parameters, and decodes them. */

import { decodeLeniently } from './lenient-decode.ts'

export type Pair = readonly [name: string, value: string]

/** `isRepaired`: bytes of the value that were not UTF-8 became U+FFFD. */
export type ReceivedPair = readonly [name: string, value: string, isRepaired?: boolean]

export type Target<AnyPair = Pair> =
  | {
      readonly kind: 'target'
      /** The host in `GET http://host/path`, a form that servers must accept (RFC 9112, 3.2.2). */
      readonly authority: string | undefined
      readonly segments: readonly string[]
      readonly query: readonly AnyPair[]
    }
  | { readonly kind: 'malformed'; readonly reason: string; readonly parameter?: string }

/** Refuses characters that are not allowed in a URI, incomplete escapes and bytes that are not UTF-8. */
export function parseTarget(raw: string): Target {
  const path = parsePath(raw)
  if (path.kind === 'malformed') return path
  const { authority, segments, search } = path
  const query: Pair[] = []
  for (const pair of search === '' ? [] : search.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals))
    if (name === undefined) return malformed('a name in the query is not percent-encoded UTF-8')
    const value = decodeForm(equals < 0 ? '' : pair.slice(equals + 1))
    if (value === undefined)
      return { ...malformed('the value is not percent-encoded UTF-8'), parameter: name }
    query.push([name, value])
  }
  return { kind: 'target', authority, segments, query }
}

/**
 * As `parseTarget`, but reads a query with errors too (lenient-decode.ts). Only a path that is not UTF-8 is malformed: a
 * name with U+FFFD could be the name of any of several monitors.
 */
export function parseTargetLeniently(raw: string): Target<ReceivedPair> {
  // Almost all targets are correct.
  const correct = parseTarget(raw)
  if (correct.kind === 'target') return correct
  const { authority, target } = splitAuthority(raw)
  const { path, search } = splitQuery(target)
  if (!path.startsWith('/')) return malformed('the request target is not a path')
  const segments: string[] = []
  for (const segment of path.slice(1).split('/')) {
    const { text, isRepaired } = decodeLeniently(segment)
    if (isRepaired) return malformed('the path is not UTF-8')
    segments.push(text)
  }
  const query: ReceivedPair[] = []
  for (const pair of search === '' ? [] : search.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeLeniently(plusToSpace(equals < 0 ? pair : pair.slice(0, equals))).text
    const { text, isRepaired } = decodeLeniently(plusToSpace(equals < 0 ? '' : pair.slice(equals + 1)))
    query.push(isRepaired ? [name, text, true] : [name, text])
  }
  return { kind: 'target', authority, segments, query }
}

export type Path =
  | {
      readonly kind: 'path'
      readonly authority: string | undefined
      readonly segments: readonly string[]
      /** The query as received, without `?`. */
      readonly search: string
    }
  | { readonly kind: 'malformed'; readonly reason: string }

/** As `parseTarget`, but leaves the query as it is, whether valid or not. */
export function parsePath(raw: string): Path {
  // RFC 3986 allows no other characters in a URI; clients do not send the fragment.
  if (!/^[\x21\x22\x24-\x7e]*$/.test(raw))
    return malformed('the request target has characters that are not allowed in a URI')
  const { authority, target } = splitAuthority(raw)
  const { path, search } = splitQuery(target)
  if (!path.startsWith('/')) return malformed('the request target is not a path')

  const segments: string[] = []
  for (const segment of path.slice(1).split('/')) {
    const decoded = decode(segment)
    if (decoded === undefined) return malformed('the path is not percent-encoded UTF-8')
    segments.push(decoded)
  }
  return { kind: 'path', authority, segments, search }
}

function splitAuthority(raw: string): { readonly authority: string | undefined; readonly target: string } {
  // The usual form, and faster than the expression.
  if (raw.startsWith('/')) return { authority: undefined, target: raw }
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(raw)
  return { authority: absolute?.[1], target: absolute?.[2] ?? raw }
}

function splitQuery(target: string): { readonly path: string; readonly search: string } {
  const mark = target.indexOf('?')
  return mark < 0
    ? { path: target, search: '' }
    : { path: target.slice(0, mark), search: target.slice(mark + 1) }
}

function malformed(reason: string) {
  return { kind: 'malformed', reason } as const
}

function decodeForm(text: string): string | undefined {
  return decode(plusToSpace(text))
}

/** In a query, `+` is a space, as in application/x-www-form-urlencoded. */
function plusToSpace(text: string): string {
  return text.includes('+') ? text.replaceAll('+', ' ') : text
}

/** Undefined for an incomplete escape and for bytes that are not UTF-8: decodeURIComponent throws for both. */
function decode(text: string): string | undefined {
  // The usual case, several times as fast as decoding.
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

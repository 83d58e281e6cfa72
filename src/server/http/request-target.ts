/** Parses a request target into path segments and query parameters, and decodes them strictly. */

export type Pair = readonly [name: string, value: string]

export type Target =
  | {
      readonly kind: 'target'
      /** The host in `GET http://host/path`, a form that servers must accept (RFC 9112, 3.2.2). */
      readonly authority: string | undefined
      readonly segments: readonly string[]
      readonly query: readonly Pair[]
    }
  | { readonly kind: 'malformed'; readonly reason: string; readonly parameter?: string }

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
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(raw)
  const target = absolute === null ? raw : (absolute[2] as string)
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  if (!path.startsWith('/')) return malformed('the request target is not a path')

  const segments: string[] = []
  for (const segment of path.slice(1).split('/')) {
    const decoded = decode(segment)
    if (decoded === undefined) return malformed('the path is not percent-encoded UTF-8')
    segments.push(decoded)
  }
  return {
    kind: 'path',
    authority: absolute?.[1],
    segments,
    search: mark < 0 ? '' : target.slice(mark + 1),
  }
}

function malformed(reason: string) {
  return { kind: 'malformed', reason } as const
}

/** In a query, `+` is a space, as in application/x-www-form-urlencoded. */
function decodeForm(text: string): string | undefined {
  return decode(text.includes('+') ? text.replaceAll('+', ' ') : text)
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

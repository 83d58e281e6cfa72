/**
 * Parses what reverse proxies say about a request: `Forwarded` (RFC 7239), or `X-Forwarded-For`, `X-Forwarded-Proto` and
 * `X-Forwarded-Host`, which are in wide use without a standard.
 */

import { isIP } from 'node:net'
import { withoutZone } from './client-address.ts'

/** What one proxy says about the client that connected to it. Each part is undefined if it is absent or unreadable. */
export interface Hop {
  readonly ip: string | undefined
  readonly scheme: 'http' | 'https' | undefined
  readonly host: string | undefined
}

/** The hops, nearest proxy first. Undefined if the header does not follow RFC 7239: then no part of it is certain. */
export function parseForwarded(header: string): readonly Hop[] | undefined {
  const hops: Hop[] = []
  let pairs = new Map<string, string>()
  const end = () => {
    hops.unshift({
      ip: nodeAddress(pairs.get('for')),
      scheme: schemeOf(pairs.get('proto')),
      host: hostOf(pairs.get('host')),
    })
    pairs = new Map()
  }
  // A pair of a name and a token or quoted string, and what follows it. An element may be empty.
  const piece =
    /[ \t]*(?:([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*([;,]|$)/y
  while (piece.lastIndex < header.length) {
    const found = piece.exec(header)
    if (found === null) return undefined
    const [, name, token, quoted, separator] = found
    if (name !== undefined) {
      const key = name.toLowerCase()
      if (pairs.has(key)) return undefined
      pairs.set(key, token ?? (quoted ?? '').replace(/\\(.)/g, '$1'))
    }
    if (separator !== ';') end()
    if (separator === '') break
  }
  return hops
}

/** The same from the three other headers. A list of schemes or hosts may be shorter than that of the addresses. */
export function parseXForwarded(
  addresses: string | undefined,
  schemes: string | undefined,
  hosts: string | undefined,
): readonly Hop[] {
  const [ips, protos, names] = [addresses, schemes, hosts].map(nearestFirst) as [string[], string[], string[]]
  return Array.from({ length: Math.max(1, ips.length) }, (_, index) => ({
    ip: nodeAddress(ips[index]),
    scheme: schemeOf(protos[Math.min(index, protos.length - 1)]),
    host: hostOf(names[Math.min(index, names.length - 1)]),
  }))
}

/** Only the last ones are ever needed: more proxies are not in a row. */
const MAX_HOPS = 50

function nearestFirst(list: string | undefined): string[] {
  if (list === undefined) return []
  return list
    .split(',')
    .slice(-MAX_HOPS)
    .reverse()
    .map(each => each.trim())
}

/** `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711`; some proxies write an IPv6 address without brackets. */
function nodeAddress(node: string | undefined): string | undefined {
  if (node === undefined) return undefined
  const bare = /^\[([^\]]*)\](?::\w+)?$/.exec(node)?.[1] ?? /^([\d.]+):\w+$/.exec(node)?.[1] ?? node
  return isIP(bare) === 0 ? undefined : withoutZone(bare)
}

function schemeOf(text: string | undefined): Hop['scheme'] {
  const scheme = text?.toLowerCase()
  return scheme === 'https' || scheme === 'http' ? scheme : undefined
}

/** A name or address, with or without a port. */
function hostOf(text: string | undefined): string | undefined {
  return text !== undefined && /^([\w.-]{1,255}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i.test(text)
    ? text
    : undefined
}

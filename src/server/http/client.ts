/** Who sent a request: the peer of the connection, or the client that a trusted reverse proxy names. */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { clientAddress, isLoopbackAddress, withoutZone } from './client-address.ts'
import { type Hop, parseForwarded, parseXForwarded } from './forwarded.ts'
import type { NetworkList } from './network-list.ts'

export interface RequestClient {
  /** Its IP address; empty if the connection is closed already. */
  readonly ip: string
  /** The address as the limits count it. */
  readonly address: string
  /** True if the client's own connection is encrypted. */
  readonly isSecure: boolean
  /** The host that the client has asked for, if a trusted proxy names it. */
  readonly forwardedHost: string | undefined
  /** True if a trusted proxy has forwarded the request for another host, or does not say for whom. */
  readonly isRemote: boolean
}

export type ClientOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => RequestClient

/** Headers of peers that are not trusted are ignored. Without `proxies`, nobody is trusted. */
export function createClientOf(proxies?: NetworkList): ClientOf {
  return request => {
    const { headers } = request
    // Null, in spite of the type, once a request whose body was not read to its end is destroyed.
    const socket: Socket | null = request.socket
    const ip = withoutZone(socket?.remoteAddress ?? '')
    const isTls = socket instanceof TLSSocket
    if (proxies?.includes(ip)) return forwardedClient(ip, isTls, headers, proxies)
    return { ip, address: clientAddress(ip), isSecure: isTls, forwardedHost: undefined, isRemote: false }
  }
}

function forwardedClient(
  peer: string,
  isTls: boolean,
  headers: IncomingMessage['headers'],
  proxies: NetworkList,
): RequestClient {
  const { forwarded } = headers
  const [addresses, schemes, hosts] = ['for', 'proto', 'host'].map(name =>
    textOf(headers[`x-forwarded-${name}`]),
  )
  const standard =
    forwarded === undefined ? undefined : claimOf(parseForwarded(forwarded) ?? [], peer, proxies)
  const other = claimOf(parseXForwarded(addresses, schemes, hosts), peer, proxies)
  // A proxy that sets one kind of header passes on the other one as a client has written it. So if both name a client,
  // they must name the same one; else only the address of the proxy is certain.
  const isSame = standard === undefined || addresses === undefined || sameClient(standard.ip, other.ip)
  const named = standard ?? other
  const ip = isSame ? (named.ip ?? peer) : peer
  const isNamed = isSame && named.ip !== undefined
  const scheme = agreed(standard?.scheme, other.scheme)
  return {
    ip,
    address: clientAddress(ip),
    isSecure: scheme === undefined ? isTls : scheme === 'https',
    forwardedHost: agreed(standard?.host, other.host),
    isRemote: isNamed ? !isLoopbackAddress(ip) : forwarded !== undefined || addresses !== undefined,
  }
}

/** The client is the nearest one that is not a trusted proxy itself: what stands behind it may be invented. */
function claimOf(hops: readonly Hop[], peer: string, proxies: NetworkList): Hop {
  let reporter = peer
  let claim: Hop | undefined
  for (const hop of hops) {
    if (!proxies.includes(reporter) || hop.ip === undefined) break
    claim = hop
    reporter = hop.ip
  }
  return claim ?? { ip: undefined, scheme: hops[0]?.scheme, host: hops[0]?.host }
}

function sameClient(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && clientAddress(one) === clientAddress(other)
}

/** What both say, or the only one that says anything. */
function agreed<T extends string>(one: T | undefined, other: T | undefined): T | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one === other ? one : undefined
}

/** Node.js joins the lines of these headers by commas, although its types allow a list. */
function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header
}

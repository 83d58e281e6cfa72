/** The addresses of reverse proxies in front of the server (`--trust-proxy`). */

import { BlockList, isIP } from 'node:net'

export interface TrustedProxies {
  /** `ip` is an IP address without a zone; an IPv4 address in its own form. False for anything else. */
  readonly trusts: (ip: string) => boolean
}

interface Network {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

export type ParsedProxies =
  | { readonly ok: true; readonly networks: readonly string[] }
  | { readonly ok: false; readonly problem: string }

const LOOPBACK = ['127.0.0.0/8', '::1']

/** IP addresses and networks, separated by commas. `loopback` stands for all addresses of this host alone. */
export function parseTrustedProxies(text: string): ParsedProxies {
  const networks: string[] = []
  for (const part of text.split(',').map(each => each.trim())) {
    if (part.toLowerCase() === 'loopback') networks.push(...LOOPBACK)
    else if (parseNetwork(part) !== undefined) networks.push(part)
    else {
      return {
        ok: false,
        problem:
          'expected IP addresses or networks separated by commas, such as 10.0.0.0/8 or fd00::/8, or loopback',
      }
    }
  }
  return { ok: true, networks }
}

/** `networks` as `parseTrustedProxies` gives them. */
export function createTrustedProxies(networks: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const { address, bits, family } of networks.flatMap(text => parseNetwork(text) ?? [])) {
    list.addSubnet(address, bits, family)
  }
  return {
    trusts: ip => {
      const version = isIP(ip)
      return version !== 0 && list.check(ip, version === 4 ? 'ipv4' : 'ipv6')
    },
  }
}

/** Undefined if it is no address or network. */
function parseNetwork(text: string): Network | undefined {
  const [, given = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const bare = /^\[(.*)\]$/.exec(given)?.[1] ?? given
  const version = isIP(bare)
  if (version === 0) return undefined
  const most = version === 4 ? 32 : 128
  const bits = prefix === undefined ? most : Number(prefix)
  return bits > most ? undefined : { address: bare, bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** The addresses of reverse proxies in front of the server (`--trust-proxy`). */

import { BlockList, isIP } from 'node:net'

export interface TrustedProxies {
  /** `ip` is an IP address without a zone; an IPv4 address in its own form. False for anything else. */
  readonly trusts: (ip: string) => boolean
}

export interface Network {
  readonly address: string
  /** The length of the prefix. */
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

export function createTrustedProxies(networks: readonly Network[]): TrustedProxies {
  const list = new BlockList()
  for (const { address, bits, family } of networks) list.addSubnet(address, bits, family)
  return {
    trusts: ip => {
      const version = isIP(ip)
      return version !== 0 && list.check(ip, version === 4 ? 'ipv4' : 'ipv6')
    },
  }
}

/** A list of addresses and networks (`--trust-proxy`, `--relay-address`). */

import { BlockList, isIP } from 'node:net'

export interface NetworkList {
  /** `ip` is an IP address without a zone; an IPv4 address in its own form. False for anything else. */
  readonly includes: (ip: string) => boolean
}

export interface Network {
  readonly address: string
  /** The length of the prefix. */
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** A lookup in the list of networks takes longer than all else that the server does with a request. */
const MAX_REMEMBERED = 1000

export function createNetworkList(networks: readonly Network[]): NetworkList {
  if (networks.length === 0) return { includes: () => false }
  const list = new BlockList()
  for (const { address, bits, family } of networks) list.addSubnet(address, bits, family)
  const remembered = new Map<string, boolean>()
  const lookUp = (ip: string) => {
    const version = isIP(ip)
    return version !== 0 && list.check(ip, version === 4 ? 'ipv4' : 'ipv6')
  }
  return {
    includes: ip => {
      const known = remembered.get(ip)
      if (known !== undefined) return known
      const isIncluded = lookUp(ip)
      if (remembered.size >= MAX_REMEMBERED) remembered.clear()
      remembered.set(ip, isIncluded)
      return isIncluded
    },
  }
}

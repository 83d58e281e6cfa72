/** Parses the values of `--trust-proxy` and `--relay-address`. */

import { isIP } from 'node:net'
import type { Network } from '../../server/http/network-list.ts'

export type ParsedProxies =
  | { readonly ok: true; readonly networks: readonly Network[] }
  | { readonly ok: false; readonly problem: string }

const LOOPBACK: readonly Network[] = [
  { address: '127.0.0.0', bits: 8, family: 'ipv4' },
  { address: '::1', bits: 128, family: 'ipv6' },
]

const PROBLEM =
  'expected IP addresses or networks separated by commas, such as 10.0.0.0/8 or fd00::/8, or loopback'

/** `loopback` stands for all addresses of this host that other hosts cannot reach. */
export function parseNetworkList(text: string): ParsedProxies {
  const networks: Network[] = []
  for (const part of text.split(',').map(each => each.trim())) {
    if (part.toLowerCase() === 'loopback') {
      networks.push(...LOOPBACK)
      continue
    }
    const network = parseNetwork(part)
    if (network === undefined) return { ok: false, problem: PROBLEM }
    networks.push(network)
  }
  return { ok: true, networks }
}

/** Undefined if it is no address or network. */
function parseNetwork(text: string): Network | undefined {
  const [, given = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = /^\[(.*)\]$/.exec(given)?.[1] ?? given
  const version = isIP(address)
  if (version === 0) return undefined
  const most = version === 4 ? 32 : 128
  const bits = prefix === undefined ? most : Number(prefix)
  return bits > most ? undefined : { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** `--listen` of `cronitor serve`: the IP address behind it, and who can reach it. */

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isLoopbackAddress } from '../../server/http/client-address.ts'
import { errorCode, shownErrorCode } from '../../system/errors.ts'

export type ListenAddress =
  | {
      readonly ok: true
      readonly address: string
      /** As it stands in a URL: the name or address that was given. */
      readonly host: string
      readonly isLoopback: boolean
    }
  | { readonly ok: false; readonly problem: string }

/** `text` is an IP address, in brackets or not, or a name, of which an IPv4 address goes before an IPv6 one. */
export async function resolveListen(text: string): Promise<ListenAddress> {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  if (isIP(bare) !== 0) return found(bare, bare)
  try {
    // The empty name would be any address.
    if (text === '') throw new Error('empty')
    return found((await lookup(text, { verbatim: false })).address, text)
  } catch (error) {
    return {
      ok: false,
      problem: `--listen: no address is known for ${JSON.stringify(text)}${errorCode(error) === 'ENOTFOUND' ? '' : ` (${shownErrorCode(error)})`}`,
    }
  }
}

function found(address: string, given: string): ListenAddress {
  const host = given.includes(':') ? `[${given}]` : given
  return { ok: true, address, host, isLoopback: isLoopbackAddress(address) }
}

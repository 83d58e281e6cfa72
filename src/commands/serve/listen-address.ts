/** `--listen` of `cronitor serve`: finds its IP address, and whether other hosts can reach it. */

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isLoopbackAddress } from '../../server/http/client-address.ts'
import { errorCode, shownErrorCode } from '../../system/errors.ts'

export type ListenAddress =
  | {
      readonly ok: true
      readonly address: string
      /** The name or address as given, in its form for a URL. */
      readonly host: string
      readonly isLoopback: boolean
    }
  | { readonly ok: false; readonly problem: string }

/** `text` is an IP address, with or without brackets, or a name. If the name has several addresses, IPv4 comes first. */
export async function resolveListen(text: string): Promise<ListenAddress> {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  if (isIP(bare) !== 0) return found(bare, bare)
  try {
    // lookup() resolves an empty name to any address.
    if (text === '') throw new Error('empty')
    return found((await lookup(text, { verbatim: false })).address, text)
  } catch (error) {
    return {
      ok: false,
      problem: `--listen: cannot find an address for ${JSON.stringify(text)}${errorCode(error) === 'ENOTFOUND' ? '' : ` (${shownErrorCode(error)})`}`,
    }
  }
}

function found(address: string, given: string): ListenAddress {
  const host = given.includes(':') ? `[${given}]` : given
  return { ok: true, address, host, isLoopback: isLoopbackAddress(address) }
}

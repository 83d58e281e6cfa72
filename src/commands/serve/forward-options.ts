/** Checks --forward-to and --forward-key-file before anything starts. */

import { hostname, networkInterfaces } from 'node:os'
import { DEFAULT_LISTEN, DEFAULT_PORT } from '../../settings/defaults.ts'

export interface ForwardFlags {
  /** One or more, as `parseUrls` gives them. */
  readonly forwardTo?: readonly string[]
  readonly forwardKeyFile?: string
  readonly listen?: string
  readonly port?: number
}

/** What is wrong with the options; undefined if nothing is. `ownNames`: names and addresses of this host. */
export function forwardUsageProblem(
  { forwardTo, forwardKeyFile, listen = DEFAULT_LISTEN, port = DEFAULT_PORT }: ForwardFlags,
  ownNames: () => readonly string[] = namesOfThisHost,
): string | undefined {
  if (forwardTo === undefined)
    return forwardKeyFile === undefined ? undefined : '--forward-key-file needs --forward-to'
  if (forwardKeyFile === undefined) return '--forward-to needs an API key: --forward-key-file'
  return forwardTo.some(url => isOwnAddress(new URL(url), listen, port, ownNames))
    ? '--forward-to is the address of this server itself'
    : undefined
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i
const ANY = /^(0\.0\.0\.0|::)$/

function isOwnAddress(url: URL, listen: string, port: number, ownNames: () => readonly string[]): boolean {
  if (Number(url.port || (url.protocol === 'https:' ? 443 : 80)) !== port) return false
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (host === listen.toLowerCase() || ANY.test(host)) return true
  if (ANY.test(listen)) return LOOPBACK.test(host) || ownNames().some(name => name.toLowerCase() === host)
  return LOOPBACK.test(host) && LOOPBACK.test(listen)
}

function namesOfThisHost(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap(
    all => all?.map(({ address }) => address) ?? [],
  )
  return [hostname(), ...addresses]
}

/** Detects login and logout forms that a page of another site has sent. */

import type { IncomingHttpHeaders } from 'node:http'

/**
 * True if the browser says that a page of another site, or of another port of this host, sent the request. Browsers say so in
 * Sec-Fetch-Site (W3C, Fetch Metadata); older ones send Origin. Other programs send neither, and have no cookie to misuse.
 * `forwardedHost` is the host that the browser has asked for, if a trusted proxy names it.
 */
export function isCrossSite(headers: IncomingHttpHeaders, forwardedHost?: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin, host = '' } = headers
  if (origin === undefined) return false
  // The scheme is not compared: a proxy in front of this server may have removed the encryption.
  return !URL.canParse(origin) || new URL(origin).host.toLowerCase() !== (forwardedHost ?? host).toLowerCase()
}

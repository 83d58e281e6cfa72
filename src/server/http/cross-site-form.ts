/** Does a request that changes something come from a page of this server? */

import type { IncomingHttpHeaders } from 'node:http'

/**
 * True where a browser says that a page of another site, or of another port of this host, sent it (Fetch Metadata;
 * older browsers: Origin). Programs that are no browsers send neither, and have no cookie that could be misused.
 */
export function isCrossSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin, host } = headers
  if (origin === undefined) return false
  // A proxy before this server may have taken the encryption off: the scheme says nothing here.
  return !URL.canParse(origin) || new URL(origin).host.toLowerCase() !== host?.toLowerCase()
}

/** What holds for each request, whatever its path: its length, its Host, and that no foreign page has sent it. */

import type { IncomingMessage } from 'node:http'
import { type Answer, errorAnswer } from './answer.ts'
import { crossSiteProblem } from './cross-site-request.ts'

export const MAX_TARGET_BYTES = 8 * 1024

export interface CheckOptions {
  /** Is any key accepted, so that only this host's own programs are let in? */
  readonly isOpen: boolean
  readonly scheme: 'http' | 'https'
}

/** Undefined where the request may pass. */
export function checkRequest(request: IncomingMessage, { isOpen, scheme }: CheckOptions): Answer | undefined {
  // Node.js has it as Latin-1: a character is a byte.
  const target = request.url ?? ''
  if (target.length > MAX_TARGET_BYTES) {
    return errorAnswer(414, `the request target has more than ${MAX_TARGET_BYTES} bytes`)
  }
  // RFC 9112, 3.2: `*` is for OPTIONS, host:port for CONNECT, and neither is for this server. Fastify takes `*` for `/`.
  if (!/^(\/|https?:\/\/)/i.test(target)) return errorAnswer(400, 'the request target is no path')
  // RFC 9112, 3.2: more than one Host is a bad request; the absolute form comes before Host.
  if (hasManyHosts(request.rawHeaders)) return errorAnswer(400, 'there is more than one Host header')
  if (!isOpen) return undefined
  const { host, origin } = request.headers
  const fetchSite = request.headers['sec-fetch-site']
  const foreign = crossSiteProblem({
    authority: /^https?:\/\/([^/?]*)/i.exec(target)?.[1] ?? host,
    origin,
    fetchSite: Array.isArray(fetchSite) ? fetchSite.join() : fetchSite,
    scheme,
  })
  return foreign === undefined ? undefined : errorAnswer(403, foreign)
}

/** `rawHeaders` has names and values by turns. */
function hasManyHosts(rawHeaders: readonly string[]): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count > 1
}

/** Checks of each request before its path is looked up: length, Host header, and whether another site sent it. */

import type { IncomingMessage } from 'node:http'
import { type Answer, errorAnswer, withReason } from './answer.ts'
import type { ClientOf } from './client.ts'
import { crossSiteProblem } from './cross-site-request.ts'

/** 2,000 emoji are 24,000 bytes, encoded. Some of the vendor's clients send whole outputs, which are cut. */
export const MAX_TARGET_BYTES = 64 * 1024

/** Of the API, with some room. */
export const MAX_STRICT_TARGET_BYTES = 8 * 1024

export interface CheckOptions {
  /** True if any key is accepted: then only programs on this host may send requests. */
  readonly isOpen: boolean
  readonly clientOf: ClientOf
  readonly maxTargetBytes: number
}

/** Undefined if the request passes. */
export function checkRequest(
  request: IncomingMessage,
  { isOpen, clientOf, maxTargetBytes }: CheckOptions,
): Answer | undefined {
  // Node.js decodes it as Latin-1: one character for each byte.
  const target = request.url ?? ''
  if (target.length > maxTargetBytes) {
    return errorAnswer(414, `the request target has more than ${maxTargetBytes} bytes`)
  }
  // RFC 9112, 3.2: `*` is for OPTIONS and host:port for CONNECT. This server supports neither.
  if (!/^(\/|https?:\/\/)/i.test(target)) return errorAnswer(400, 'the request target is not a path')
  // RFC 9112, 3.2: more than one Host header is an error; a target with a host takes precedence over the header.
  if (hasManyHosts(request.rawHeaders)) return errorAnswer(400, 'there is more than one Host header')
  if (!isOpen) return undefined
  const client = clientOf(request)
  if (client.isRemote) {
    const problem = 'without --api-key-file this server accepts requests from its own host only'
    return withReason(errorAnswer(403, problem), 'remote_client')
  }
  const { host, origin } = request.headers
  const fetchSite = request.headers['sec-fetch-site']
  const foreign = crossSiteProblem({
    authority: /^https?:\/\/([^/?]*)/i.exec(target)?.[1] ?? host,
    forwardedHost: client.forwardedHost,
    origin,
    fetchSite: Array.isArray(fetchSite) ? fetchSite.join() : fetchSite,
    scheme: client.isSecure ? 'https' : 'http',
  })
  return foreign === undefined ? undefined : errorAnswer(403, foreign)
}

/** In `rawHeaders`, names and values alternate. */
function hasManyHosts(rawHeaders: readonly string[]): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count > 1
}

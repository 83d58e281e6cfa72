/** Reads the request for a page. */

import type { IncomingMessage } from 'node:http'
import type { ClientOf } from '../http/client.ts'

export function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? ''
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}

/** The address under which the browser reached this server: `http://127.0.0.1:8427`. */
export function serverUrl(request: IncomingMessage, clientOf: ClientOf): string {
  const { isSecure, forwardedHost = request.headers.host ?? 'localhost' } = clientOf(request)
  return `${isSecure ? 'https' : 'http'}://${forwardedHost}`
}

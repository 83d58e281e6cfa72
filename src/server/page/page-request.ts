/** Reads the request for a page. */

import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'

export function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? ''
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}

/** The address under which the browser reached this server: `http://127.0.0.1:8427`. */
export function serverUrl(request: IncomingMessage): string {
  const scheme = request.socket instanceof TLSSocket ? 'https' : 'http'
  return `${scheme}://${request.headers.host ?? 'localhost'}`
}

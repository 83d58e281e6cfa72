/** Requests of browsers, as far as sessions look at them. */

import { Socket } from 'node:net'

export function withCookie(cookie: string | undefined) {
  return { headers: cookie === undefined ? {} : { cookie }, socket: new Socket() }
}

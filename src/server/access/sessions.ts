/** Sessions of browsers that have logged in: their cookies. */

import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RouteContext } from '../http/route-context.ts'
import { localSessions } from './local-sessions.ts'
import { sharedSessions } from './shared-sessions.ts'

/** The request of a browser. */
type FromBrowser = Pick<IncomingMessage, 'headers' | 'socket'>

export interface Sessions {
  /**
   * Call it before `accepts`, and wait for it: it asks for a session that another server has begun, or may have ended.
   * Undefined if there is nothing to ask. Rejects with an error of the store.
   */
  readonly load: (request: FromBrowser) => Promise<void> | undefined
  /** True if the request has the cookie of a session that has not ended. Counts as a use of the session. */
  readonly accepts: (request: FromBrowser) => boolean
  /**
   * Starts a session and resolves with its Set-Cookie header. `key` is an accepted key. Rejects with an error of the
   * store.
   */
  readonly begin: (request: FromBrowser, key: string) => Promise<string>
  /**
   * Ends the session of the request, if there is one, and resolves with the Set-Cookie header that removes the cookie.
   * Rejects with an error of the store.
   */
  readonly end: (request: FromBrowser) => Promise<string>
}

const TOKEN_BYTES = 32

const COOKIE = { name: 'cronitor', attributes: 'Path=/; HttpOnly; SameSite=Strict' }

/** With this prefix, browsers accept the cookie only over HTTPS and only from this host (RFC 6265bis, 4.1.3.2). */
const SECURE_COOKIE = { name: '__Host-cronitor', attributes: `${COOKIE.attributes}; Secure` }

export type SessionContext = Pick<RouteContext, 'keys' | 'clientOf' | 'clock'> & {
  readonly store: Pick<RouteContext['store'], 'peers'>
}

/** A session ends 12 hours after its last use, or when its key is removed. */
export function createSessions(
  { keys, clientOf, clock, store }: SessionContext,
  random: (bytes: number) => Buffer = randomBytes,
): Sessions {
  const cookieFor = (request: FromBrowser) => (clientOf(request).isSecure ? SECURE_COOKIE : COOKIE)
  const { peers } = store
  const sessions =
    peers === undefined ? localSessions(keys, clock) : sharedSessions(peers.sessions, keys, clock)
  const tokensOf = (request: FromBrowser) =>
    tokens(request.headers.cookie, cookieFor(request).name).map(token => ({ token, id: idOf(token) }))

  return {
    load: request => {
      if (sessions.load === undefined || request.headers.cookie === undefined) return undefined
      const found = tokensOf(request)
      return found.length === 0 ? undefined : sessions.load(found.map(({ id }) => id))
    },
    accepts: request => tokensOf(request).some(sessions.accepts),
    begin: async (request, key) => {
      const token = random(TOKEN_BYTES).toString('base64url')
      await sessions.begin({ token, id: idOf(token) }, key)
      const { name, attributes } = cookieFor(request)
      return `${name}=${token}; ${attributes}`
    },
    end: async request => {
      const { name, attributes } = cookieFor(request)
      await sessions.end(tokensOf(request).map(({ id }) => id))
      return `${name}=; ${attributes}; Max-Age=0`
    },
  }
}

function idOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** All values of that name: another server on this host may have set a cookie with the same name. */
function tokens(cookieHeader: string | undefined, name: string): string[] {
  return (cookieHeader ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${name}=`))
    .map(pair => pair.slice(name.length + 1))
    .slice(0, 10)
}

/** Sessions of browsers that have logged in. They are in memory: a restart of the server logs everybody out. */

import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RouteContext } from '../http/route-context.ts'

/** The request of a browser. */
type FromBrowser = Pick<IncomingMessage, 'headers' | 'socket'>

export interface Sessions {
  /** True if the request has the cookie of a session that has not ended. Counts as a use of the session. */
  readonly accepts: (request: FromBrowser) => boolean
  /** Starts a session and returns its Set-Cookie header. `key` is an accepted key. */
  readonly begin: (request: FromBrowser, key: string) => string
  /** Ends the session of the request, if there is one, and returns the Set-Cookie header that removes the cookie. */
  readonly end: (request: FromBrowser) => string
}

interface Session {
  readonly key: string
  /** The monotonic clock, so that setting the wall clock ends no session and prolongs none. */
  readonly usedAt: number
}

export const MAX_IDLE_MS = 12 * 3_600_000

/** Limits the memory that a client with a valid key can use by logging in again and again. */
const MAX_SESSIONS = 1000

const TOKEN_BYTES = 32

const COOKIE = { name: 'cronitor', attributes: 'Path=/; HttpOnly; SameSite=Strict' }

/** With this prefix, browsers accept the cookie only over HTTPS and only from this host (RFC 6265bis, 4.1.3.2). */
const SECURE_COOKIE = { name: '__Host-cronitor', attributes: `${COOKIE.attributes}; Secure` }

/** A session ends 12 hours after its last use, or when its key is removed. */
export function createSessions(
  { keys, clientOf, clock }: Pick<RouteContext, 'keys' | 'clientOf' | 'clock'>,
  random: (bytes: number) => Buffer = randomBytes,
): Sessions {
  const cookieFor = (request: FromBrowser) => (clientOf(request).isSecure ? SECURE_COOKIE : COOKIE)
  // By the hash of the token: the memory contains no token. The least recently used come first.
  const sessions = new Map<string, Session>()

  const live = (request: FromBrowser) => {
    for (const token of tokens(request.headers.cookie, cookieFor(request).name)) {
      const id = idOf(token)
      const session = sessions.get(id)
      if (session === undefined) continue
      const isOver = clock() - session.usedAt > MAX_IDLE_MS
      if (!isOver && keys?.isKnown(session.key)) return { id, session }
      sessions.delete(id)
    }
    return undefined
  }
  const keep = (id: string, key: string) => {
    sessions.delete(id)
    sessions.set(id, { key, usedAt: clock() })
  }

  return {
    accepts: request => {
      const found = live(request)
      if (found === undefined) return false
      keep(found.id, found.session.key)
      return true
    },
    begin: (request, key) => {
      const token = random(TOKEN_BYTES).toString('base64url')
      keep(idOf(token), key)
      for (const id of sessions.keys()) {
        if (sessions.size <= MAX_SESSIONS) break
        sessions.delete(id)
      }
      const { name, attributes } = cookieFor(request)
      return `${name}=${token}; ${attributes}`
    },
    end: request => {
      const { name, attributes } = cookieFor(request)
      for (const token of tokens(request.headers.cookie, name)) sessions.delete(idOf(token))
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

/** Who has logged in to the page: in memory, so that a restart of the server logs everybody out. */

import { createHash, randomBytes } from 'node:crypto'
import type { RouteContext } from '../http/route-context.ts'

export interface Sessions {
  /** Is there a session in the Cookie header that has not ended? That counts as a use of it. */
  readonly accepts: (cookieHeader: string | undefined) => boolean
  /** Begins a session and returns the Set-Cookie header. `key` was found to be known. */
  readonly begin: (key: string) => string
  /** Ends the session of the Cookie header, if there is one, and returns the Set-Cookie header that takes the cookie away. */
  readonly end: (cookieHeader: string | undefined) => string
}

interface Session {
  readonly key: string
  readonly usedAt: number
}

export const MAX_IDLE_MS = 12 * 3_600_000

/** A session is small; the bound is for somebody who has a key and logs in in a loop. */
const MAX_SESSIONS = 1000

const TOKEN_BYTES = 32

/** A session lasts as long as it is used every 12 hours and its key is known. */
export function createSessions(
  { keys, isSecure, wallClock }: Pick<RouteContext, 'keys' | 'isSecure' | 'wallClock'>,
  random: (bytes: number) => Buffer = randomBytes,
): Sessions {
  // The prefix makes browsers refuse the cookie from another host or without encryption (RFC 6265bis, 4.1.3.2).
  const name = isSecure ? '__Host-cronitor' : 'cronitor'
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
  // By the hash of their token: memory that leaks lets nobody in. A Map keeps the order, the longest unused first.
  const sessions = new Map<string, Session>()

  const live = (cookieHeader: string | undefined) => {
    for (const token of tokens(cookieHeader, name)) {
      const id = idOf(token)
      const session = sessions.get(id)
      if (session === undefined) continue
      const isOver = wallClock() - session.usedAt > MAX_IDLE_MS
      if (!isOver && keys?.isKnown(session.key)) return { id, session }
      sessions.delete(id)
    }
    return undefined
  }
  const keep = (id: string, key: string) => {
    sessions.delete(id)
    sessions.set(id, { key, usedAt: wallClock() })
  }

  return {
    accepts: cookieHeader => {
      const found = live(cookieHeader)
      if (found === undefined) return false
      keep(found.id, found.session.key)
      return true
    },
    begin: key => {
      const token = random(TOKEN_BYTES).toString('base64url')
      keep(idOf(token), key)
      for (const id of sessions.keys()) {
        if (sessions.size <= MAX_SESSIONS) break
        sessions.delete(id)
      }
      return `${name}=${token}; ${attributes}`
    },
    end: cookieHeader => {
      for (const token of tokens(cookieHeader, name)) sessions.delete(idOf(token))
      return `${name}=; ${attributes}; Max-Age=0`
    },
  }
}

function idOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** Each value of that name; a browser may hold cookies of other servers on this host, of the same name too. */
function tokens(cookieHeader: string | undefined, name: string): string[] {
  return (cookieHeader ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${name}=`))
    .map(pair => pair.slice(name.length + 1))
    .slice(0, 10)
}

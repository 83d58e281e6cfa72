/** The sessions of a server that has no others beside it. They are in memory: a restart logs everybody out. */

import type { KeyRing } from '../http/route-context.ts'
import { type KeptSessions, MAX_IDLE_MS, MAX_SESSIONS } from './kept-sessions.ts'

interface Session {
  readonly key: string
  /** The monotonic clock, so that setting the wall clock ends no session and prolongs none. */
  readonly usedAt: number
}

/** `clock` is monotonic, in milliseconds. */
export function localSessions(keys: KeyRing | undefined, clock: () => number): KeptSessions {
  // The least recently used come first.
  const sessions = new Map<string, Session>()
  const keep = (id: string, key: string) => {
    sessions.delete(id)
    sessions.set(id, { key, usedAt: clock() })
  }
  return {
    accepts: ({ id }) => {
      const session = sessions.get(id)
      if (session === undefined) return false
      if (clock() - session.usedAt > MAX_IDLE_MS || keys?.isKnown(session.key) !== true) {
        sessions.delete(id)
        return false
      }
      keep(id, session.key)
      return true
    },
    begin: async ({ id }, key) => {
      keep(id, key)
      for (const old of sessions.keys()) {
        if (sessions.size <= MAX_SESSIONS) break
        sessions.delete(old)
      }
    },
    end: async ids => {
      for (const id of ids) sessions.delete(id)
    },
  }
}

/** Sessions that several servers share: a login on one is valid on all, and a logout on one ends it on all. */

import type { KeyRing } from '../http/route-context.ts'
import type { SessionTable } from '../store/peers.ts'
import { type KeptSessions, MAX_IDLE_MS, MAX_SESSIONS } from './kept-sessions.ts'
import { hashOfKey, proofOf } from './key-proof.ts'

/** A page needs several requests at once. Another server's logout counts here after this time. */
export const FRESH_MS = 1000

/** A session that could not be asked for during this time is not accepted by an open stream any more. */
const MAX_UNCHECKED_MS = 60_000

interface KnownSession {
  readonly proof: string
  /** By the monotonic clock, in milliseconds. */
  readonly checkedAt: number
}

/** `clock` is monotonic, in milliseconds. */
export function sharedSessions(
  table: SessionTable,
  keys: KeyRing | undefined,
  clock: () => number,
): KeptSessions {
  const known = new Map<string, KnownSession>()
  const checking = new Set<string>()
  const isFresh = (id: string) => {
    const session = known.get(id)
    return session !== undefined && clock() - session.checkedAt < FRESH_MS
  }
  const check = async (ids: readonly string[]) => {
    const checkedAt = clock()
    for (const id of ids) checking.add(id)
    try {
      const found = await table.use(ids, MAX_IDLE_MS)
      for (const id of ids) known.delete(id)
      for (const { id, proof } of found) known.set(id, { proof, checkedAt })
    } finally {
      for (const id of ids) checking.delete(id)
    }
    for (const id of known.keys()) {
      if (known.size <= MAX_SESSIONS) break
      known.delete(id)
    }
  }
  return {
    load: ids => (ids.every(isFresh) ? undefined : check(ids)),
    accepts: ({ id, token }) => {
      const session = known.get(id)
      if (session === undefined || clock() - session.checkedAt > MAX_UNCHECKED_MS) return false
      // For a stream, which asks again before each update and loads nothing.
      if (!isFresh(id) && !checking.has(id)) void check([id]).catch(() => {})
      return keys?.isProvedBy(session.proof, token) === true
    },
    begin: ({ id, token }, key) =>
      table.begin({ id, proof: proofOf(hashOfKey(key), token) }, MAX_SESSIONS, MAX_IDLE_MS),
    end: async ids => {
      for (const id of ids) known.delete(id)
      if (ids.length > 0) await table.end(ids)
    },
  }
}

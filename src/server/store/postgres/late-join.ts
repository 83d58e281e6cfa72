/** Joins the other servers as soon as the database is there: it may be away when this server starts. */

import type { Peers } from '../peers.ts'
import type { Database } from './database.ts'
import { type JoinedServer, type JoinOptions, joinServers } from './join-servers.ts'

export interface LateJoin {
  /** Its calls reject as long as the database is away, each after a try to join. */
  readonly database: Database
  readonly peers: Peers
  /** The clock of the database, in milliseconds since 1970; until it is known, that of this host. */
  readonly now: () => number
}

export function joinLate(options: JoinOptions & { readonly wallClock: () => number }): LateJoin {
  let joined: JoinedServer | undefined
  let joining: Promise<JoinedServer> | undefined
  const dutyListeners = new Set<() => void>()
  const tryToJoin = async () => {
    try {
      joined = await joinServers(options)
      joined.peers.onDutyLeft(() => {
        for (const listener of dutyListeners) listener()
      })
      return joined
    } catch (error) {
      joining = undefined
      throw error
    }
  }
  const join = () => {
    joining ??= tryToJoin()
    return joining
  }
  return {
    now: () => joined?.now() ?? options.wallClock(),
    database: {
      read: async work => (await join()).database.read(work),
      write: async work => (await join()).database.write(work),
      loadAndWrite: async (load, work) => (await join()).database.loadAndWrite(load, work),
      close: async () => {
        await joining?.catch(() => {})
        await joined?.close()
        await options.database.close()
      },
    },
    peers: {
      holdDuties: async names => (await join()).peers.holdDuties(names),
      leaveDuty: async name => (await join()).peers.leaveDuty(name),
      onDutyLeft: listener => {
        dutyListeners.add(listener)
        return () => dutyListeners.delete(listener)
      },
      sessions: {
        use: async (...args) => (await join()).peers.sessions.use(...args),
        begin: async (...args) => (await join()).peers.sessions.begin(...args),
        end: async ids => (await join()).peers.sessions.end(ids),
      },
      uses: { exchange: async uses => (await join()).peers.uses.exchange(uses) },
    },
  }
}

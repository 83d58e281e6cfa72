/** Servers with one database, in memory. Each peer has its own id; the clock of the database is given. */

import { DUTY_LEASE_MS, type Peers, type SharedSession, type Uses } from '../../../src/server/store/peers.ts'

export interface FakeDatabase {
  readonly peer: (id: string) => FakePeer
  /** Who has the duty. */
  readonly owner: (name: string) => string | undefined
}

export interface FakePeer extends Peers {
  /** While set, all calls are rejected. */
  problem: Error | undefined
  /** How many calls there were. */
  calls: number
}

/** `now` is the clock of the database, in milliseconds. */
export function fakeDatabase(now: () => number): FakeDatabase {
  const leases = new Map<string, { owner: string; until: number }>()
  const sessions = new Map<string, SharedSession & { usedAt: number }>()
  const told: { readonly from: string; readonly uses: Uses }[] = []
  const leftListeners = new Map<() => void, string>()
  const owner = (name: string) => {
    const lease = leases.get(name)
    return lease !== undefined && lease.until > now() ? lease.owner : undefined
  }
  const peer = (id: string): FakePeer => {
    let readUpTo = told.length
    const self: FakePeer = {
      problem: undefined,
      calls: 0,
      holdDuties: async ({ held, wanted }) => {
        call()
        const renewed = held.filter(name => leases.get(name)?.owner === id)
        const taken = wanted.filter(name => (owner(name) ?? id) === id)
        const until = now() + DUTY_LEASE_MS
        for (const name of [...renewed, ...taken]) leases.set(name, { owner: id, until })
        return [...renewed, ...taken]
      },
      leaveDuty: async name => {
        call()
        if (leases.get(name)?.owner !== id) return
        leases.delete(name)
        for (const [listener, of] of leftListeners) if (of !== id) listener()
      },
      onDutyLeft: listener => {
        leftListeners.set(listener, id)
        return () => leftListeners.delete(listener)
      },
      sessions: {
        use: async (ids, maxIdleMs) => {
          call()
          return ids.flatMap(each => {
            const session = sessions.get(each)
            if (session === undefined || now() - session.usedAt > maxIdleMs) return []
            session.usedAt = now()
            return [session]
          })
        },
        begin: async (session, maxSessions) => {
          call()
          sessions.set(session.id, { ...session, usedAt: now() })
          const byUse = [...sessions.values()].sort((a, b) => b.usedAt - a.usedAt)
          for (const { id: old } of byUse.slice(maxSessions)) sessions.delete(old)
        },
        end: async ids => {
          call()
          for (const each of ids) sessions.delete(each)
        },
      },
      uses: {
        exchange: async uses => {
          call()
          const news = told.slice(readUpTo).filter(({ from }) => from !== id)
          readUpTo = told.length
          if (Object.keys(uses).length > 0) {
            told.push({ from: id, uses })
            readUpTo += 1
          }
          return news.map(each => each.uses)
        },
      },
    }
    const call = () => {
      self.calls += 1
      if (self.problem !== undefined) throw self.problem
    }
    return self
  }
  return { peer, owner }
}

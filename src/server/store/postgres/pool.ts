/** A few connections that are used in turn. */

import type { Connection } from './connection.ts'
import { DatabaseProblem } from './database-problem.ts'

export interface Pool {
  /** Rejects with the reason if no connection can be had in time, and as `work` does. */
  readonly use: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>
  /** Uses none of the present connections again: they lead to a server that only reads, for example. */
  readonly drop: () => void
  /** Others have reached the database: the pause after a failed attempt to connect is over. */
  readonly resume: () => void
  /** Resolves when all work has ended. */
  readonly close: () => Promise<void>
}

export interface PoolOptions {
  readonly open: () => Promise<Connection>
  /** The most connections at a time. */
  readonly size: number
  /** How long `work` may take, with the wait for a connection, in milliseconds. After that its connection is ended. */
  readonly limitMs: number
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
}

/**
 * After a failed attempt to connect, and after work that took too long, all else fails at once for so long, with the same
 * reason: what has waited meanwhile does not wait for as long again.
 */
const PAUSE_MS = 500

export function createPool({ open, size, limitMs, clock }: PoolOptions): Pool {
  const idle: Connection[] = []
  const waiting: (() => void)[] = []
  let used = 0
  let generation = 0
  let failure: { readonly error: unknown; readonly at: number; readonly isLate: boolean } | undefined
  let resumes = 0
  let isClosed = false
  let onIdle: (() => void) | undefined

  const acquire = async (): Promise<void> => {
    if (used < size) {
      used += 1
      return
    }
    await new Promise<void>(resolve => waiting.push(resolve))
  }
  const release = () => {
    const next = waiting.shift()
    if (next !== undefined) return next()
    used -= 1
    if (used === 0) onIdle?.()
  }
  const connection = async (): Promise<Connection> => {
    if (failure !== undefined && clock() - failure.at < PAUSE_MS) throw failure.error
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) if (found.isUsable()) return found
    const before = resumes
    try {
      const opened = await open()
      failure = undefined
      return opened
    } catch (error) {
      if (before === resumes) failure = { error, at: clock(), isLate: false }
      throw error
    }
  }
  return {
    use: async work => {
      if (isClosed) throw new Error('the store is closed')
      await acquire()
      const begun = generation
      let current: Connection | undefined
      let isGood = false
      let isLate = false
      let giveUp: (reason: Error) => void = () => {}
      // Not left to the connection: one that is being opened, or is lost without a word, may never reject.
      const limit = new Promise<never>((_resolve, reject) => {
        giveUp = reject
      })
      const timer = setTimeout(() => {
        isLate = true
        giveUp(new DatabaseProblem('away', 'the database did not answer in time'))
        current?.end()
      }, limitMs)
      const connectAndWork = async () => {
        const opened = await connection()
        if (isLate) {
          opened.end()
          return limit
        }
        current = opened
        return work(opened)
      }
      try {
        const result = await Promise.race([connectAndWork(), limit])
        isGood = true
        return result
      } catch (error) {
        if (isLate) failure = { error, at: clock(), isLate }
        throw error
      } finally {
        clearTimeout(timer)
        if (current !== undefined) {
          if (isGood && begun === generation && !isClosed && current.isUsable()) idle.push(current)
          else current.end()
        }
        release()
      }
    },
    drop: () => {
      generation += 1
      for (const each of idle.splice(0)) each.end()
    },
    resume: () => {
      resumes += 1
      if (failure?.isLate === false) failure = undefined
    },
    close: async () => {
      isClosed = true
      if (used > 0) {
        await new Promise<void>(resolve => {
          onIdle = resolve
        })
      }
      for (const each of idle.splice(0)) each.end()
    },
  }
}

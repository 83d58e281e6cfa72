/** Opens the store on PostgreSQL. */

import { randomUUID } from 'node:crypto'
import { monotonicMs } from '../../../system/clock.ts'
import { sleep } from '../../../system/sleep.ts'
import type { News, Store } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { createDatabase } from './database.ts'
import type { DatabaseAddress } from './database-address.ts'
import { DatabaseProblem } from './database-problem.ts'
import { joinLate } from './late-join.ts'
import { readNewest } from './newest.ts'
import { createOpener } from './open-connection.ts'
import { createPostgresStore } from './postgres-store.ts'
import { withTables } from './ready-connection.ts'

export interface PostgresOptions {
  readonly address: DatabaseAddress
  /** How many monitors there may be, each environment counted as one. Default: any number. */
  readonly maxMonitors?: number | undefined
  /** Called with one line if the database has a newer version than this server. */
  readonly warn?: (problem: string) => void
  /** For tests. Milliseconds since 1970. Default: the clock of the database. */
  readonly now?: () => number
  /** For tests: the id of this server. Default: a new one. */
  readonly server?: string
}

/**
 * A database that is away does not keep the store from opening: all calls reject, with the reason, until it is back. Rejects
 * with a StoreError if the address, the user or the tables cannot be used.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { address, maxMonitors = Number.POSITIVE_INFINITY, warn = () => {}, server = randomUUID() } = options
  const listeners = new Set<(news: News) => void>()
  const tell = (news: News) => {
    for (const listener of listeners) listener(news)
  }
  const open = withTables(createOpener(address), warn)
  const { database, peers, now } = joinLate({
    server,
    database: createDatabase({ open, clock: monotonicMs }),
    open,
    tell,
    clock: monotonicMs,
    wallClock: Date.now,
    sleep,
  })
  try {
    await database.read(readNewest)
  } catch (error) {
    if (!(error instanceof DatabaseProblem) || error.kind !== 'away') {
      await database.close()
      throw error instanceof DatabaseProblem ? new StoreError(error.message) : error
    }
  }
  return createPostgresStore({
    database,
    server,
    now: options.now ?? now,
    peers,
    maxMonitors,
    tell,
    listen: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
}

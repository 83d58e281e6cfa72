/** Opens the store on PostgreSQL. */

import { randomUUID } from 'node:crypto'
import { monotonicMs } from '../../../system/clock.ts'
import type { News, Store } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { createDatabase } from './database.ts'
import type { DatabaseAddress } from './database-address.ts'
import { DatabaseProblem } from './database-problem.ts'
import { readNewest } from './newest.ts'
import { createOpener } from './open-connection.ts'
import { createPostgresStore } from './postgres-store.ts'
import { withTables } from './ready-connection.ts'

export interface PostgresOptions {
  readonly address: DatabaseAddress
  /** How many monitors there may be, each environment counted as one. Default: any number. */
  readonly maxMonitors?: number | undefined
  /** Milliseconds since 1970. Default: the clock of the database. */
  readonly wallClock?: () => number
  /** Called with one line if the database has a newer version than this server. */
  readonly warn?: (problem: string) => void
}

/**
 * A database that is away does not keep the store from opening: all calls reject, with the reason, until it is back. Rejects
 * with a StoreError if the address, the user or the tables cannot be used.
 */
export async function openPostgresStore({
  address,
  maxMonitors = Number.POSITIVE_INFINITY,
  wallClock = Date.now,
  warn = () => {},
}: PostgresOptions): Promise<Store> {
  const open = withTables(createOpener(address), warn)
  const database = createDatabase({ open, clock: monotonicMs })
  try {
    await database.read(readNewest)
  } catch (error) {
    if (!(error instanceof DatabaseProblem) || error.kind !== 'away') {
      await database.close()
      throw error instanceof DatabaseProblem ? new StoreError(error.message) : error
    }
  }
  const listeners = new Set<(news: News) => void>()
  return createPostgresStore({
    database,
    server: randomUUID(),
    now: wallClock,
    peers: undefined,
    maxMonitors,
    tell: {
      add: listener => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      all: news => {
        for (const listener of listeners) listener(news)
      },
    },
  })
}

/** Opens the store: SQLite in a data folder, or PostgreSQL. */

import type { DatabaseAddress } from './postgres/database-address.ts'
import { openDatabase } from './sqlite/database.ts'
import { createEngine, type Engine } from './sqlite/engine.ts'
import { createEngineStore } from './sqlite/engine-store.ts'
import type { ReadConnection } from './sqlite/open-read-connection.ts'
import { READ_CALLS, type ReadCalls } from './sqlite/read-calls.ts'
import {
  type AsyncCalls,
  type AsyncReadCalls,
  callByName,
  createAsyncCalls,
} from './sqlite/thread/async-engine.ts'
import { createSameThreadEngine } from './sqlite/thread/same-thread-engine.ts'
import { type DatabaseThread, startThread } from './sqlite/thread/start-thread.ts'
import { workerFile } from './sqlite/thread/worker-file.ts'
import type { Store } from './store.ts'

export type StorePlace =
  /** SQLite. The folder is created, with access for its owner only, if it does not exist. */
  | { readonly dataDir: string; readonly address?: undefined }
  /** PostgreSQL. */
  | { readonly address: DatabaseAddress }

interface SharedOptions {
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
  /**
   * How many monitors there may be, each environment counted as one: events of further ones are not stored. Default: any
   * number.
   */
  readonly maxMonitors?: number | undefined
  /** Called with one line if a database on PostgreSQL is newer than this server. */
  readonly warn?: (problem: string) => void
  /** Called if the database's thread ends unexpectedly: all later calls are rejected. */
  readonly onBroken?: (error: Error) => void
  /** Default: workerFile(). */
  readonly worker?: string
}

export type StoreOptions = StorePlace & SharedOptions

/** Rejects with a StoreError, whose message says what to do. */
export async function openStore(options: StoreOptions): Promise<Store> {
  if (options.address === undefined) return openSqliteStore(options)
  const { address, maxMonitors, warn } = options
  // Its client is loaded only here.
  const { openPostgresStore } = await import('./postgres/open-postgres.ts')
  return openPostgresStore({ address, maxMonitors, ...(warn !== undefined && { warn }) })
}

/**
 * The database runs in another thread, so that neither a sync of the disk nor a long query delays HTTP requests; its
 * readers in a second one, so that no event waits for a read.
 */
async function openSqliteStore(options: SharedOptions & { readonly dataDir: string }): Promise<Store> {
  const { dataDir, wallClock = Date.now, maxMonitors, onBroken = () => {} } = options
  const file = options.worker ?? workerFile()
  let isOver = false
  const onThreadBroken = (error: Error) => {
    if (!isOver) onBroken(error)
    isOver = true
  }
  const engine = await startThread<Engine>(file, { dataDir, part: 'engine', maxMonitors }, onThreadBroken)
  const startReader = () => startThread<ReadConnection>(file, { dataDir, part: 'reader' }, onThreadBroken)
  let reader: DatabaseThread<AsyncCalls<ReadConnection>> | undefined
  const close = async () => {
    if (!isOver) {
      isOver = true
      // The reader first: SQLite cannot empty its log while another connection is open.
      await reader?.calls.close()
      await engine.calls.close()
    }
    await Promise.all([reader?.terminate(), engine.terminate()])
  }
  const isReadOnly = await engine.calls.isReadOnly()
  try {
    if (!isReadOnly) reader = await startReader()
  } catch (error) {
    await close()
    throw error
  }
  const reads = callsOfCurrent(() => reader?.calls ?? engine.calls)
  const store = createEngineStore({ ...engine.calls, close }, wallClock, reads)
  if (isReadOnly) {
    // On a full disk, a second connection cannot be opened. The engine reads until it has opened the database to write.
    const unsubscribe = store.onWriteProblem(async problem => {
      if (problem !== undefined) return
      unsubscribe()
      const started = await startReader().catch(() => undefined)
      if (isOver) await started?.terminate()
      else reader = started
    })
  }
  return store
}

/** Each call is of the reader that is current then. */
function callsOfCurrent(current: () => AsyncReadCalls): AsyncReadCalls {
  return createAsyncCalls<ReadCalls>(Object.keys(READ_CALLS), async (name, args) =>
    callByName(current(), name, args),
  )
}

/** For tests: without another thread or a folder lock. `file` is a path or `:memory:`. */
export async function openStoreInThread(
  file: string,
  wallClock: () => number = Date.now,
  maxMonitors?: number,
): Promise<Store> {
  const engine = createEngine(await openDatabase(file), { maxMonitors })
  return createEngineStore(createSameThreadEngine(engine), wallClock)
}

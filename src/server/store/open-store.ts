/** Opens the store of a data folder. */

import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { openDatabase } from './sqlite/database.ts'
import { createEngine } from './sqlite/engine.ts'
import { createEngineStore } from './sqlite/engine-store.ts'
import { connectEngine } from './sqlite/thread/remote-engine.ts'
import { createSameThreadEngine } from './sqlite/thread/same-thread-engine.ts'
import type { Store } from './store.ts'

export interface StoreOptions {
  /** Created, with access for its owner only, if it does not exist. */
  readonly dataDir: string
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
  /** Called if the database's thread ends unexpectedly: all later calls are rejected. */
  readonly onBroken?: (error: Error) => void
  /** Default: the file that scripts/build.mjs writes beside the bundle that contains this module. */
  readonly worker?: string
}

/**
 * The database runs in another thread, so that neither a sync of the disk nor a long query delays HTTP requests.
 * Rejects with a StoreError, whose message says what to do.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir, wallClock = Date.now, onBroken } = options
  const file = options.worker ?? fileURLToPath(new URL('./store-worker.js', import.meta.url))
  const worker = new Worker(file, { workerData: dataDir })
  const remote = connectEngine(worker)
  let phase: 'opening' | 'open' | 'over' = 'opening'
  const fail = (error: Error) => {
    remote.fail(error)
    if (phase === 'open') onBroken?.(error)
    phase = 'over'
  }
  worker.on('error', fail)
  worker.on('exit', status => fail(new Error(`the thread of the database has ended (${status})`)))
  try {
    const engine = await remote.engine
    phase = 'open'
    const close = async () => {
      if (phase === 'over') return
      phase = 'over'
      await engine.close()
      await worker.terminate()
    }
    return createEngineStore({ ...engine, close }, wallClock)
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

/** For tests: without another thread or a folder lock. `file` is a path or `:memory:`. */
export async function openStoreInThread(file: string, wallClock: () => number = Date.now): Promise<Store> {
  return createEngineStore(createSameThreadEngine(createEngine(await openDatabase(file))), wallClock)
}

/** Opens the store of a data folder. */

import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { openDatabase } from './sqlite/database.ts'
import { createEngine } from './sqlite/engine.ts'
import { engineStore } from './sqlite/engine-store.ts'
import { inThread } from './sqlite/thread/in-thread.ts'
import { remoteEngine } from './sqlite/thread/remote-engine.ts'
import type { Store } from './store.ts'

export interface StoreOptions {
  /** Made where it is not there, for its owner alone. */
  readonly dataDir: string
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
  /** Called where the database's thread has ended of itself: from then on every call is rejected. */
  readonly onBroken?: (error: Error) => void
  /** scripts/build.mjs makes it, beside the file that this one becomes a part of. */
  readonly worker?: string
}

/**
 * In a thread of its own, so that neither a sync of the disk nor a long query holds up what this one serves.
 * Rejects with a StoreError, whose message says what to do.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir, wallClock = Date.now, onBroken } = options
  const file = options.worker ?? fileURLToPath(new URL('./store-worker.js', import.meta.url))
  const worker = new Worker(file, { workerData: dataDir })
  const remote = remoteEngine(worker)
  let phase: 'opening' | 'open' | 'over' = 'opening'
  const broken = (error: Error) => {
    remote.fail(error)
    if (phase === 'open') onBroken?.(error)
    phase = 'over'
  }
  worker.on('error', broken)
  worker.on('exit', status => broken(new Error(`the thread of the database has ended (${status})`)))
  try {
    await remote.ready
    phase = 'open'
  } catch (error) {
    await worker.terminate()
    throw error
  }
  const close = async () => {
    if (phase === 'over') return
    phase = 'over'
    await remote.engine.close()
    await worker.terminate()
  }
  return engineStore({ ...remote.engine, close }, wallClock)
}

/** For tests: in this thread, and without a folder. `file` is a path or `:memory:`. */
export async function openStoreInThread(file: string, wallClock: () => number = Date.now): Promise<Store> {
  return engineStore(inThread(createEngine(await openDatabase(file))), wallClock)
}

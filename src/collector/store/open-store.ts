/** Opens the store of a data folder. */

import { mkdirSync } from 'node:fs'
import { openDatabase } from './database.ts'
import { createEngine, type Engine } from './engine.ts'
import { engineStore } from './engine-store.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { inThread } from './in-thread.ts'
import type { Store } from './store.ts'
import { StoreError } from './store-error.ts'

export interface StoreOptions {
  /** Made where it is not there, for its owner alone. */
  readonly dataDir: string
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
}

/** Rejects with a StoreError, whose message says what to do. */
export async function openStore({ dataDir, wallClock = Date.now }: StoreOptions): Promise<Store> {
  return engineStore(inThread(await openEngine(dataDir)), wallClock)
}

/** For tests: in this thread, and without a folder. `file` is a path or `:memory:`. */
export async function openStoreInThread(file: string, wallClock: () => number = Date.now): Promise<Store> {
  return engineStore(inThread(createEngine(await openDatabase(file))), wallClock)
}

/** The folder stays locked until the engine is closed. */
export async function openEngine(dataDir: string): Promise<Engine> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new StoreError(
      `cannot make the folder ${dataDir}: ${error instanceof Error ? error.message : error}`,
    )
  }
  const lock: FolderLock = await lockFolder(dataDir)
  try {
    const engine = createEngine(await openDatabase(`${dataDir}/cronitor.db`))
    return {
      ...engine,
      close: () => {
        engine.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Opens the database of a data folder, in the calling thread. */

import { mkdirSync } from 'node:fs'
import { databaseFile, openDatabase } from './database.ts'
import { createEngine, type Engine } from './engine.ts'
import { lockFolder } from './folder-lock.ts'
import { StoreError } from './store-error.ts'

/**
 * Creates the folder if it does not exist, and locks it until the engine is closed. `maxMonitors` as in engine.ts. Rejects
 * with a StoreError.
 */
export async function openEngine(dataDir: string, maxMonitors?: number): Promise<Engine> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new StoreError(
      `cannot make the folder ${dataDir}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const lock = await lockFolder(dataDir)
  try {
    const engine = createEngine(await openDatabase(databaseFile(dataDir)), { maxMonitors })
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

/** Opens the database of a data folder, in the thread that calls. */

import { mkdirSync } from 'node:fs'
import { openDatabase } from './database.ts'
import { createEngine, type Engine } from './engine.ts'
import { lockFolder } from './folder-lock.ts'
import { StoreError } from './store-error.ts'

/** The folder is made where it is not there, and stays locked until the engine is closed. Rejects with a StoreError. */
export async function openEngine(dataDir: string): Promise<Engine> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new StoreError(
      `cannot make the folder ${dataDir}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const lock = await lockFolder(dataDir)
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

/** Opens the database of a data folder, in the calling thread. */

import { mkdirSync } from 'node:fs'
import { monotonicMs } from '../../../system/clock.ts'
import { errorMessage } from '../../../system/error-message.ts'
import { NotWritableError, StoreError } from '../store-error.ts'
import { databaseFile, openDatabaseWith } from './database.ts'
import { createEngine, type Engine } from './engine.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { loadSqlite } from './load-sqlite.ts'
import { notWritableReason, whyNotWritable } from './not-writable.ts'
import { openDatabaseToRead } from './open-to-read.ts'
import { createRecoveringEngine } from './recovering-engine.ts'

/**
 * Creates the folder if it does not exist, and locks it until the engine is closed. If nothing can be written, for
 * example because the disk is full, the engine reads only until something can. `maxMonitors` as in engine.ts. Rejects with a
 * StoreError.
 */
export async function openEngine(dataDir: string, maxMonitors?: number): Promise<Engine> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new StoreError(`cannot make the folder ${dataDir}: ${errorMessage(error)}`)
  }
  const open = await loadSqlite()
  const file = databaseFile(dataDir)
  // Missing while not even the lock's file can be created. Nobody else can write there then.
  let lock: FolderLock | undefined
  const openToWrite = (): Engine => {
    lock ??= lockFolder(open, dataDir)
    const reason = whyNotWritable(dataDir)
    if (reason !== undefined) throw new NotWritableError(reason)
    return createEngine(openDatabaseWith(open, file), { maxMonitors })
  }
  const openFirst = (): Engine => {
    try {
      return openToWrite()
    } catch (error) {
      if (!(error instanceof NotWritableError)) throw error
      const reading = createEngine(openDatabaseToRead(open, file, error.message))
      return createRecoveringEngine(reading, error.message, openToWrite, monotonicMs)
    }
  }
  try {
    const engine = openFirst()
    return {
      ...engine,
      storeProbe: bytes => {
        try {
          engine.storeProbe(bytes)
        } catch (error) {
          throw new NotWritableError(notWritableReason(error, dataDir) ?? errorMessage(error))
        }
      },
      close: () => {
        engine.close()
        lock?.release()
      },
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

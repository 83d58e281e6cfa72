/** Opens a second connection to the database of a data folder, for reads alone, in the calling thread. */

import { databaseFile, openForReading } from './database.ts'
import { createReadCalls, type ReadCalls } from './read-calls.ts'
import type { Sqlite } from './sqlite.ts'

export type ReadConnection = ReadCalls & { readonly close: () => void }

/** The database must be open in another thread (open-engine.ts), which creates and locks it. */
export async function openReadConnection(dataDir: string): Promise<ReadConnection> {
  const db = await openForReading(databaseFile(dataDir))
  return { ...inSnapshots(db, createReadCalls(db)), close: () => db.close() }
}

/**
 * All statements of a call see the same state of the database. It is held no longer than the call, because SQLite cannot
 * reuse its log while a reader needs an older state.
 */
function inSnapshots(db: Sqlite, calls: ReadCalls): ReadCalls {
  const inSnapshot =
    <Args extends unknown[], Result>(read: (...args: Args) => Result) =>
    (...args: Args): Result => {
      db.exec('BEGIN')
      try {
        return read(...args)
      } finally {
        db.exec('COMMIT')
      }
    }
  return {
    events: inSnapshot(calls.events),
    monitors: inSnapshot(calls.monitors),
    runs: inSnapshot(calls.runs),
    changedRuns: inSnapshot(calls.changedRuns),
    totals: inSnapshot(calls.totals),
    runsUpTo: inSnapshot(calls.runsUpTo),
    changes: inSnapshot(calls.changes),
  }
}

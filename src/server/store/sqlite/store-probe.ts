/** Finds out whether an event could be stored, by storing something of its size and removing it. */

import { withoutWaiting } from './database.ts'
import { inTransaction, type Sqlite } from './sqlite.ts'

/** More than the largest event: its request target has at most 64 KiB. */
export const LEAST_PROBE_BYTES = 64 * 1024

/** Names of readers' cursors do not start like this. */
const NAME = 'probe '

/**
 * Commits a row of so many bytes, and commits its removal. A commit of a small row proves nothing: it may fit into the
 * last block of the log, and the next event does not. The log is then written back to the database and started anew, so
 * that what the probe has used in both files is there for the events that follow. Throws SQLite's error; what an earlier
 * probe has left is removed by the next one.
 */
export function createStoreProbe(db: Sqlite): (bytes: number) => void {
  const insert = db.prepare('INSERT INTO cursor (name, id) VALUES (?, 0)')
  const remove = db.prepare(`DELETE FROM cursor WHERE name >= '${NAME}' AND name < '${NAME}~'`)
  return bytes => {
    const name = NAME + 'x'.repeat(Math.max(bytes, LEAST_PROBE_BYTES))
    withoutWaiting(db, () => {
      inTransaction(db, () => {
        remove.run()
        insert.run(name)
      })
      inTransaction(db, () => remove.run())
      db.prepare('PRAGMA wal_checkpoint(RESTART)').all()
    })
  }
}

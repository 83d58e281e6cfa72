/** Cursors: named ids that readers keep across restarts. */

import { withoutWaiting } from './database.ts'
import { pragmaNumber, type Sqlite } from './sqlite.ts'

export interface Cursors {
  /** 0 for a cursor that was never set. */
  readonly read: (name: string) => number
  readonly write: (name: string, id: number) => void
  /** Does not sync the disk, and throws SQLITE_BUSY instead of waiting for another program. */
  readonly writeLazily: (name: string, id: number) => void
}

export function createCursors(db: Sqlite): Cursors {
  const select = db.prepare<{ readonly id: number }>('SELECT id FROM cursor WHERE name = ?')
  const upsert = db.prepare(
    'INSERT INTO cursor (name, id) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET id = excluded.id',
  )
  const write = (name: string, id: number) => {
    upsert.run(name, id)
  }
  return {
    read: name => select.get(name)?.id ?? 0,
    write,
    writeLazily: (name, id) => {
      // In WAL mode, NORMAL does not sync at a commit (https://sqlite.org/pragma.html#pragma_synchronous).
      pragmaNumber(db, 'synchronous = NORMAL')
      try {
        withoutWaiting(db, () => write(name, id))
      } finally {
        pragmaNumber(db, 'synchronous = FULL')
      }
    },
  }
}

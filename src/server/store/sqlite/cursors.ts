/** Cursors: named ids that readers keep across restarts. */

import type { Sqlite } from './sqlite.ts'

export interface Cursors {
  /** 0 for a cursor that was never set. */
  readonly read: (name: string) => number
  readonly write: (name: string, id: number) => void
}

export function createCursors(db: Sqlite): Cursors {
  const select = db.prepare<{ readonly id: number }>('SELECT id FROM cursor WHERE name = ?')
  const upsert = db.prepare(
    'INSERT INTO cursor (name, id) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET id = excluded.id',
  )
  return {
    read: name => select.get(name)?.id ?? 0,
    write: (name, id) => {
      upsert.run(name, id)
    },
  }
}

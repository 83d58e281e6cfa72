/** Which environments the runs of each monitor were reported with. */

import type { Sqlite } from '../sqlite.ts'

const MAX_CACHED = 10_000

export interface EnvTable {
  /** Writes the row at once, if it does not exist. */
  readonly add: (monitor: number, env: string) => void
  /** Clears the cache: call it after a rollback, or after rows were removed. */
  readonly reset: () => void
}

export function createEnvTable(db: Sqlite): EnvTable {
  const insert = db.prepare('INSERT OR IGNORE INTO env (monitor, name) VALUES (?, ?)')
  const cache = new Set<string>()
  return {
    add: (monitor, env) => {
      const name = `${monitor} ${env}`
      if (cache.has(name)) return
      insert.run(monitor, env)
      if (cache.size >= MAX_CACHED) cache.clear()
      cache.add(name)
    },
    reset: () => cache.clear(),
  }
}

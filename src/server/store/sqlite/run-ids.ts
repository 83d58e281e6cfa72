/** Reads the ids of a monitor's newest runs in all its environments. */

import type { Sqlite } from './sqlite.ts'

/**
 * The function returns at most `limit` ids below `before`, the largest first. Each environment is read up to the limit:
 * one query for all of them would sort every run of the monitor.
 */
export function createRunIdReader(db: Sqlite): (key: string, before: number, limit: number) => number[] {
  const environments = db.prepare<{ readonly id: number }>('SELECT id FROM monitor WHERE key = ?')
  const newest = db.prepare<{ readonly ids: string }>(`
    SELECT json_group_array(id) AS ids
    FROM (SELECT id FROM run WHERE monitor = ? AND id < ? ORDER BY id DESC LIMIT ?)`)
  return (key, before, limit) => {
    const ids = environments.all(key).flatMap(({ id }) => {
      const text = newest.get(id, before, limit)?.ids ?? '[]'
      // A JSON list of ids.
      return JSON.parse(text) as number[]
    })
    return ids.sort((a, b) => b - a).slice(0, limit)
  }
}

/** Finds the runs that are open and not lost: no newer run of their monitor has ended. */

import type { Sqlite } from './sqlite.ts'

/** An SQL expression: when the oldest of these runs of monitor `m` started; NULL if there is none. */
export const RUNNING_SINCE = `
  SELECT MIN(at) FROM run WHERE monitor = m.id AND ended_at IS NULL
    AND at >= COALESCE((SELECT MAX(at) FROM run WHERE monitor = m.id AND ended_at IS NOT NULL), 0)`

export interface OpenRun {
  readonly id: number
  readonly at: number
}

export interface OpenRunReader {
  readonly oldest: (monitor: number) => OpenRun | undefined
  /** The oldest one if this run, which the table has as open, or not at all, has ended. `at` is its start, or its end. */
  readonly oldestWithout: (monitor: number, ended: OpenRun) => OpenRun | undefined
}

/** The rows of the monitor must be flushed. */
export function createOpenRunReader(db: Sqlite): OpenRunReader {
  const select = db.prepare<OpenRun>(`
    SELECT id, at FROM run WHERE monitor = ?1 AND ended_at IS NULL AND id <> ?2
      AND at >= MAX(?3, COALESCE((SELECT MAX(at) FROM run WHERE monitor = ?1 AND ended_at IS NOT NULL), 0))
    ORDER BY at LIMIT 1`)
  return {
    oldest: monitor => select.get(monitor, 0, 0),
    oldestWithout: (monitor, { id, at }) => select.get(monitor, id, at),
  }
}

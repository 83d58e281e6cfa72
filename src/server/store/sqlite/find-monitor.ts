/** Finds the row of a monitor in an environment, and inserts new ones up to a bound. */

import {
  type MonitorRow,
  monitorFromRow,
  SELECT_MONITOR,
  type SelectedMonitor,
} from '../model/monitor-row.ts'
import { ruleText } from '../model/rule-text.ts'
import type { RuleTable } from './rule-table.ts'
import type { Sqlite } from './sqlite.ts'

export interface MonitorFinder {
  readonly find: (key: string, env: string) => MonitorRow | undefined
  readonly hasKey: (key: string) => boolean
  /** `now`: from when its rule counts, if one applies. */
  readonly insert: (key: string, env: string, now: number) => MonitorRow
  /**
   * A monitor that is expected has a row without environment before its first event. This gives it the environment of
   * that event. False if the monitor has no such row; one whose events are pending looks like it.
   */
  readonly fillPlaceholder: (key: string, env: string) => boolean
  /** True if one more row is within the bound. */
  readonly hasRoom: () => boolean
  /** Counts the rows again: call it after a rollback, or after rows were removed. */
  readonly reset: () => void
}

/** `max`: how many rows there may be. */
export function createMonitorFinder(
  db: Sqlite,
  { find: findRule }: Pick<RuleTable, 'find'>,
  max: number,
): MonitorFinder {
  const select = db.prepare<SelectedMonitor>(`${SELECT_MONITOR} WHERE key = ? AND env = ?`)
  const selectKey = db.prepare('SELECT 1 FROM monitor WHERE key = ? LIMIT 1')
  const insert = db.prepare('INSERT INTO monitor (key, env, rule, expect_since) VALUES (?, ?, ?, ?)')
  const fill = db.prepare("UPDATE monitor SET env = ?2 WHERE key = ?1 AND env = '' AND last_event_at IS NULL")
  const countRows = db.prepare<{ readonly count: number }>('SELECT COUNT(*) AS count FROM monitor')
  let rows: number | undefined

  const find = (key: string, env: string) => {
    const row = select.get(key, env)
    return row && monitorFromRow(row)
  }
  const count = () => {
    rows ??= countRows.get()?.count ?? 0
    return rows
  }
  return {
    find,
    hasKey: key => selectKey.get(key) !== undefined,
    insert: (key, env, now) => {
      const rule = findRule(key, env)
      if (rule === undefined) insert.run(key, env, null, null)
      else insert.run(key, env, ruleText(rule), now)
      if (rows !== undefined) rows += 1
      const row = find(key, env)
      if (row === undefined) throw new Error(`the row of the monitor ${key} was not inserted`)
      return row
    },
    fillPlaceholder: (key, env) => fill.run(key, env).changes > 0,
    hasRoom: () => max === Number.POSITIVE_INFINITY || count() < max,
    reset: () => {
      rows = undefined
    },
  }
}

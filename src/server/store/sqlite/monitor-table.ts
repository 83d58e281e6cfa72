/** Rows of monitors, one for each environment: cached and changed in memory, and written together by flush(). */

import type { HealthStep } from '../../monitors/health.ts'
import type { AppliedMonitors } from '../model/apply-event.ts'
import { changeDetails } from '../model/change-details.ts'
import { countEvent, type MonitorChange, newMonitorChange } from '../model/monitor-change.ts'
import {
  HEALTH_COLUMNS,
  MONITOR_COLUMNS,
  type MonitorRow,
  monitorFromRow,
  monitorName,
  SELECT_MONITOR,
  type SelectedMonitor,
  withHealth,
} from '../model/monitor-row.ts'
import { ruleText } from '../model/rule-text.ts'
import { createMonitorFinder } from './find-monitor.ts'
import { INSERT_CHANGE } from './insert-change.ts'
import { RUNNING_SINCE } from './open-runs.ts'
import { createRowWriter, type RowValues } from './row-writer.ts'
import type { RuleTable } from './rule-table.ts'
import type { Sqlite } from './sqlite.ts'

export interface MonitorTable extends AppliedMonitors {
  /** As getForEvent, without the bound. */
  readonly getExpected: (key: string, env: string, now: number) => MonitorRow
  /** True if the monitor has a row, in whatever environment. */
  readonly hasKey: (key: string) => boolean
  /**
   * All rows that have a rule or are named by an expectation, or simply all, as the database has them: pending changes
   * must be flushed first.
   */
  readonly expected: (hasPatterns: boolean) => MonitorRow[]
  /**
   * Likewise, the next rows with a rule after an id, at most `count`. `runningSince` is only known if the rule limits the
   * duration of runs.
   */
  readonly nextWithRule: (
    afterId: number,
    count: number,
  ) => readonly { readonly monitor: MonitorRow; readonly runningSince: number | undefined }[]
  /** As setHealth, and writes the rule at once. */
  readonly setRule: (monitor: MonitorRow, step: HealthStep) => boolean
  /** Writes the pending changes of the rows with these names; by default of all. */
  readonly flush: (names?: readonly string[]) => void
  /** Clears the cache and the pending changes: call it after a rollback, or after rows were removed. */
  readonly reset: () => void
}

/** A lookup of a monitor in the database costs as much as storing an event. */
const MAX_CACHED = 10_000

const COUNTER_COLUMNS = [
  'events_run',
  'events_complete',
  'events_fail',
  'events_ok',
  'runs_complete',
  'runs_failed',
] as const

const WRITTEN_COLUMNS = ['id', 'last_event_at', ...COUNTER_COLUMNS, ...HEALTH_COLUMNS, 'derived'] as const

type WrittenColumn = (typeof WRITTEN_COLUMNS)[number]

/** `v` has the new values. MAX() of a NULL is NULL: `last_event_at` then keeps its value. */
const ASSIGNMENTS = [
  'last_event_at = COALESCE(MAX(COALESCE(monitor.last_event_at, v.last_event_at), v.last_event_at), monitor.last_event_at)',
  ...COUNTER_COLUMNS.map(column => `${column} = monitor.${column} + v.${column}`),
  ...HEALTH_COLUMNS.map(column => `${column} = v.${column}`),
  'derived = MAX(monitor.derived, v.derived)',
].join(', ')

/** `maxMonitors`: how many rows there may be. */
export function createMonitorTable(
  db: Sqlite,
  rules: RuleTable,
  maxMonitors = Number.POSITIVE_INFINITY,
): MonitorTable {
  const finder = createMonitorFinder(db, rules, maxMonitors)
  const selectAll = db.prepare<SelectedMonitor>(SELECT_MONITOR)
  const selectExpected = db.prepare<SelectedMonitor>(
    `${SELECT_MONITOR} WHERE rule IS NOT NULL OR key IN (SELECT monitor_key FROM expectation)`,
  )
  const selectNext = db.prepare<SelectedMonitor & { readonly running_since: number | null }>(`
    SELECT ${MONITOR_COLUMNS}, iif(rule ->> 'maxMs' IS NULL, NULL, (${RUNNING_SINCE})) AS running_since
    FROM monitor m WHERE id > ? AND rule IS NOT NULL ORDER BY id LIMIT ?`)
  const updateRule = db.prepare('UPDATE monitor SET rule = ? WHERE id = ?')
  const insertChange = db.prepare(INSERT_CHANGE)
  const update = createRowWriter(
    db,
    WRITTEN_COLUMNS,
    rows => `
      WITH v (${WRITTEN_COLUMNS.join(', ')}) AS (VALUES ${rows})
      UPDATE monitor SET ${ASSIGNMENTS} FROM v WHERE monitor.id = v.id`,
  )
  const cache = new Map<string, MonitorRow>()
  const pending = new Map<string, MonitorChange>()
  const addToCache = (monitor: MonitorRow) => {
    if (cache.size >= MAX_CACHED) cache.clear()
    cache.set(monitor.name, monitor)
    return monitor
  }
  const find = (key: string, env: string): MonitorRow | undefined => {
    const name = monitorName(key, env)
    const known = pending.get(name)?.row ?? cache.get(name)
    if (known !== undefined) return known
    const found = finder.find(key, env)
    return found && addToCache(found)
  }
  const fillPlaceholder = (key: string, env: string): MonitorRow | undefined => {
    // The name of the row without an environment is its key. If it is pending, it has had events.
    if (env === '' || pending.has(key) || !finder.fillPlaceholder(key, env)) return undefined
    cache.delete(key)
    return find(key, env)
  }
  const insert = (key: string, env: string, now: number) => addToCache(finder.insert(key, env, now))
  const pendingOf = (row: MonitorRow): MonitorChange => {
    const known = pending.get(row.name)
    if (known !== undefined) return known
    const created = newMonitorChange(row)
    pending.set(row.name, created)
    return created
  }
  const setHealth: MonitorTable['setHealth'] = (monitor, { state, change }, run, event) => {
    const changed = pendingOf(monitor)
    changed.row = addToCache(withHealth(monitor, state))
    if (event !== undefined) countEvent(changed, event)
    if (change === undefined) return false
    const { from, to, at } = change
    insertChange.run(monitor.key, monitor.env, from, to, at, run, changeDetails(state, to))
    return true
  }
  return {
    find,
    getForEvent: (key, env, now) =>
      find(key, env) ?? fillPlaceholder(key, env) ?? (finder.hasRoom() ? insert(key, env, now) : undefined),
    getExpected: (key, env, now) => find(key, env) ?? fillPlaceholder(key, env) ?? insert(key, env, now),
    hasKey: finder.hasKey,
    expected: hasPatterns => (hasPatterns ? selectAll : selectExpected).all().map(monitorFromRow),
    nextWithRule: (afterId, count) =>
      selectNext
        .all(afterId, count)
        .map(row => ({ monitor: monitorFromRow(row), runningSince: row.running_since ?? undefined })),
    count: (monitor, event) => countEvent(pendingOf(monitor), event),
    setHealth,
    setRule: (monitor, step) => {
      const { rule } = step.state
      updateRule.run(rule === null ? null : ruleText(rule), monitor.id)
      return setHealth(monitor, step, null)
    },
    flush: (names = [...pending.keys()]) => {
      update(names.flatMap(name => pending.get(name) ?? []).map(valuesOf))
      for (const name of names) pending.delete(name)
    },
    reset: () => {
      cache.clear()
      pending.clear()
      finder.reset()
      rules.reset()
    },
  }
}

function valuesOf({ row, lastEventAt, lastEvent, events, runs }: MonitorChange): RowValues<WrittenColumn> {
  return {
    id: row.id,
    last_event_at: lastEventAt,
    events_run: events.run,
    events_complete: events.complete,
    events_fail: events.fail,
    events_ok: events.ok,
    runs_complete: runs.complete,
    runs_failed: runs.failed,
    outcome: row.outcome,
    outcome_at: row.outcomeAt,
    in_a_row: row.inARow,
    late: row.isLate ? 1 : 0,
    overrunning: row.isOverrunning ? 1 : 0,
    since: row.since,
    last_success_at: row.lastSuccessAt,
    last_failure_at: row.lastFailureAt,
    last_start_at: row.lastStartAt,
    expect_since: row.expectSince,
    derived: lastEvent,
  }
}

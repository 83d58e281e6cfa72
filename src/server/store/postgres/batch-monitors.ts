/** The monitors of a batch of events, in memory: rows that were read under the write lock, and what becomes of them. */

import type { FindRule } from '../../monitors/applicable-rule.ts'
import type { AppliedMonitors } from '../model/apply-event.ts'
import { countEvent, type MonitorChange, newMonitorChange } from '../model/monitor-change.ts'
import {
  type MonitorRow,
  monitorFromRow,
  monitorName,
  type SelectedMonitor,
  withHealth,
} from '../model/monitor-row.ts'
import { changesOf, type NewChange } from './insert-changes.ts'
import type { Head } from './queries.ts'

export interface LoadedMonitor extends SelectedMonitor {
  readonly last_event_at: number | null
}

export interface BatchMonitors extends AppliedMonitors {
  /** Rows that are not in the database yet. */
  readonly inserted: readonly MonitorRow[]
  /** Rows that have got their environment with their first event. */
  readonly filled: readonly MonitorRow[]
  /** Rows that events have changed, inserted ones included. */
  readonly changed: () => readonly MonitorChange[]
  readonly healthChanges: readonly NewChange[]
}

/**
 * `rows`: those of the events' monitors, and those without an environment of the same keys. Ids of rows are taken from `head`.
 * `maxMonitors`: how many rows there may be.
 */
export function createBatchMonitors(
  rows: readonly LoadedMonitor[],
  findRule: FindRule,
  head: Head,
  maxMonitors: number,
): BatchMonitors {
  const known = new Map(rows.map(row => [monitorName(row.key, row.env), monitorFromRow(row)]))
  /** Expected monitors that have had no event. */
  const placeholders = new Set(
    rows.filter(row => row.env === '' && row.last_event_at === null).map(({ key }) => key),
  )
  const changes = new Map<number, MonitorChange>()
  const inserted: MonitorRow[] = []
  const filled: MonitorRow[] = []
  const healthChanges: NewChange[] = []

  const find = (key: string, env: string) => {
    const row = known.get(monitorName(key, env))
    return row && (changes.get(row.id)?.row ?? row)
  }
  const fillPlaceholder = (key: string, env: string): MonitorRow | undefined => {
    const row = known.get(key)
    if (env === '' || row === undefined || !placeholders.has(key) || changes.has(row.id)) return undefined
    const next = { ...row, env, name: monitorName(key, env) }
    known.delete(key)
    known.set(next.name, next)
    filled.push(next)
    return next
  }
  const insert = (key: string, env: string, now: number): MonitorRow => {
    const rule = findRule(key, env) ?? null
    head.lastMonitor += 1
    head.monitors += 1
    const row: MonitorRow = {
      id: head.lastMonitor,
      key,
      env,
      name: monitorName(key, env),
      outcome: 'unknown',
      outcomeAt: null,
      inARow: 0,
      isLate: false,
      isOverrunning: false,
      since: null,
      lastSuccessAt: null,
      lastFailureAt: null,
      lastStartAt: null,
      rule,
      expectSince: rule === null ? null : now,
    }
    known.set(row.name, row)
    inserted.push(row)
    return row
  }
  const changeOf = (row: MonitorRow): MonitorChange => {
    const change = changes.get(row.id) ?? newMonitorChange(row)
    changes.set(row.id, change)
    return change
  }
  return {
    inserted,
    filled,
    changed: () => [...changes.values()],
    healthChanges,
    find,
    getForEvent: (key, env, now) =>
      find(key, env) ??
      fillPlaceholder(key, env) ??
      (head.monitors < maxMonitors ? insert(key, env, now) : undefined),
    count: (monitor, event) => countEvent(changeOf(monitor), event),
    setHealth: (monitor, step, run, event) => {
      const change = changeOf(monitor)
      change.row = withHealth(monitor, step.state)
      if (event !== undefined) countEvent(change, event)
      const news = changesOf(change.row, step, run)
      healthChanges.push(...news)
      return news.length > 0
    },
  }
}

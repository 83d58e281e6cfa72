/** A row of the table `monitor`: a monitor in one environment. */

import type { HealthState } from '../../monitors/health.ts'
import { parseRule } from './rule-text.ts'

export interface MonitorRow extends HealthState {
  readonly id: number
  readonly key: string
  /** '' for none. */
  readonly env: string
  /** Key and environment in one text. */
  readonly name: string
}

/** A key contains no control characters. */
export function monitorName(key: string, env: string): string {
  return env === '' ? key : `${key}\0${env}`
}

/** An event changes these columns. The rule changes with expectations only. */
export const HEALTH_COLUMNS = [
  'outcome',
  'outcome_at',
  'in_a_row',
  'late',
  'overrunning',
  'since',
  'last_success_at',
  'last_failure_at',
  'last_start_at',
  'expect_since',
] as const

export const MONITOR_COLUMNS = `id, key, env, ${HEALTH_COLUMNS.join(', ')}, rule`

export const SELECT_MONITOR = `SELECT ${MONITOR_COLUMNS} FROM monitor`

/** As the databases have it: SQLite with 0 and 1 for `late` and `overrunning`. */
export interface SelectedMonitor {
  readonly id: number
  readonly key: string
  readonly env: string
  readonly outcome: HealthState['outcome']
  readonly outcome_at: number | null
  readonly in_a_row: number
  readonly late: number | boolean
  readonly overrunning: number | boolean
  readonly since: number | null
  readonly last_success_at: number | null
  readonly last_failure_at: number | null
  readonly last_start_at: number | null
  readonly rule: string | null
  readonly expect_since: number | null
}

export function monitorFromRow(row: SelectedMonitor): MonitorRow {
  return {
    id: row.id,
    key: row.key,
    env: row.env,
    name: monitorName(row.key, row.env),
    outcome: row.outcome,
    outcomeAt: row.outcome_at,
    inARow: row.in_a_row,
    isLate: Boolean(row.late),
    isOverrunning: Boolean(row.overrunning),
    since: row.since,
    lastSuccessAt: row.last_success_at,
    lastFailureAt: row.last_failure_at,
    lastStartAt: row.last_start_at,
    rule: row.rule === null ? null : parseRule(row.rule),
    expectSince: row.expect_since,
  }
}

/** All fields are listed, because object spread takes several times as long. */
export function withHealth({ id, key, env, name }: MonitorRow, state: HealthState): MonitorRow {
  return {
    id,
    key,
    env,
    name,
    outcome: state.outcome,
    outcomeAt: state.outcomeAt,
    inARow: state.inARow,
    isLate: state.isLate,
    isOverrunning: state.isOverrunning,
    since: state.since,
    lastSuccessAt: state.lastSuccessAt,
    lastFailureAt: state.lastFailureAt,
    lastStartAt: state.lastStartAt,
    rule: state.rule,
    expectSince: state.expectSince,
  }
}

/** A row of the table `monitor`: a monitor in one environment. */

import type { HealthState } from '../../monitors/health.ts'

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

export const HEALTH_COLUMNS = [
  'outcome',
  'outcome_at',
  'late',
  'since',
  'last_success_at',
  'expect_ms',
  'expect_since',
] as const

export const SELECT_MONITOR = `SELECT id, key, env, ${HEALTH_COLUMNS.join(', ')} FROM monitor`

/** A row of SELECT_MONITOR. */
export interface SelectedMonitor {
  readonly id: number
  readonly key: string
  readonly env: string
  readonly outcome: HealthState['outcome']
  readonly outcome_at: number | null
  readonly late: number
  readonly since: number | null
  readonly last_success_at: number | null
  readonly expect_ms: number | null
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
    isLate: row.late === 1,
    since: row.since,
    lastSuccessAt: row.last_success_at,
    expectMs: row.expect_ms,
    expectSince: row.expect_since,
  }
}

/** All fields are listed, because object spread takes several times as long. */
export function withHealth({ id, key, env, name }: MonitorRow, state: HealthState): MonitorRow {
  const { outcome, outcomeAt, isLate, since, lastSuccessAt, expectMs, expectSince } = state
  return { id, key, env, name, outcome, outcomeAt, isLate, since, lastSuccessAt, expectMs, expectSince }
}

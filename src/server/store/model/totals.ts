/** The totals for /metrics, from the database's rows. */

import { STATES } from '../../../telemetry/event.ts'
import type { Totals } from '../store.ts'

export interface MonitorTotals {
  readonly key: string
  readonly env: string
  readonly last_success_at: number | null
  readonly events_run: number
  readonly events_complete: number
  readonly events_fail: number
  readonly events_ok: number
  readonly runs_complete: number
  readonly runs_failed: number
  /** Runs that have not ended: `running` and lost ones. */
  readonly open: number
  readonly running: number
}

export function totalsFromRows(rows: readonly MonitorTotals[]): Totals {
  return {
    events: rows.flatMap(row =>
      STATES.map(state => ({ monitorKey: row.key, env: row.env, state, count: row[`events_${state}`] })),
    ),
    runs: rows.flatMap(({ key: monitorKey, env, open, running, ...row }) => [
      { monitorKey, env, state: 'complete', count: row.runs_complete },
      { monitorKey, env, state: 'failed', count: row.runs_failed },
      { monitorKey, env, state: 'running', count: running },
      { monitorKey, env, state: 'lost', count: open - running },
    ]),
    lastSuccess: rows.flatMap(({ key, env, last_success_at: at }) =>
      at === null ? [] : [{ monitorKey: key, env, at }],
    ),
  }
}

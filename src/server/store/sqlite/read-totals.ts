/** Reads the totals for /metrics. Only open runs are counted here; monitor-table.ts counts events and ended runs. */

import { STATES } from '../../../telemetry/event.ts'
import { boundsOf } from '../model/key-range.ts'
import type { KeyRange, Totals } from '../store.ts'
import type { Sqlite } from './sqlite.ts'

interface Row {
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

export function createTotalsReader(db: Sqlite): (range?: KeyRange) => Totals {
  // COUNT reads index ranges only: a job that sends `run` and never an end leaves many open runs.
  const monitors = db.prepare<Row>(`
    SELECT key, env, last_success_at, events_run, events_complete, events_fail, events_ok, runs_complete, runs_failed,
      (SELECT COUNT(*) FROM run r WHERE r.monitor = m.id AND r.ended_at IS NULL) AS open,
      (SELECT COUNT(*) FROM run r WHERE r.monitor = m.id AND r.ended_at IS NULL
        AND r.at >= COALESCE((SELECT MAX(n.at) FROM run n
          WHERE n.monitor = m.id AND n.ended_at IS NOT NULL), 0)) AS running
    FROM monitor m WHERE key > ? AND key <= ? ORDER BY key, env`)
  return (range = {}) => {
    const { after, upTo } = boundsOf(range)
    const rows = monitors.all(after, upTo)
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
}

/** Reads the totals for /metrics. Only open runs are counted here; monitor-table.ts counts events and ended runs. */

import { STATES } from '../../../telemetry/event.ts'
import type { Totals } from '../store.ts'
import type { Sqlite } from './sqlite.ts'

interface Row {
  readonly id: number
  readonly key: string
  readonly env: string
  readonly last_success_at: number | null
  readonly events_run: number
  readonly events_complete: number
  readonly events_fail: number
  readonly events_ok: number
  readonly runs_complete: number
  readonly runs_failed: number
}

interface OpenRow {
  readonly monitor: number
  readonly running: number
  readonly open: number
}

export function createTotalsReader(db: Sqlite): () => Totals {
  const monitors = db.prepare<Row>(`
    SELECT id, key, env, last_success_at, events_run, events_complete, events_fail, events_ok, runs_complete, runs_failed
    FROM monitor ORDER BY key, env`)
  // COUNT reads index ranges only: a job that sends `run` and never an end leaves many open runs.
  const open = db.prepare<OpenRow>(`
    SELECT m.id AS monitor,
      (SELECT COUNT(*) FROM run r WHERE r.monitor = m.id AND r.ended_at IS NULL) AS open,
      (SELECT COUNT(*) FROM run r WHERE r.monitor = m.id AND r.ended_at IS NULL
        AND r.at >= COALESCE((SELECT MAX(n.at) FROM run n
          WHERE n.monitor = m.id AND n.ended_at IS NOT NULL), 0)) AS running
    FROM monitor m`)
  return () => {
    const rows = monitors.all()
    const openOf = new Map(open.all().map(row => [row.monitor, row]))
    return {
      events: rows.flatMap(row =>
        STATES.map(state => ({ monitorKey: row.key, env: row.env, state, count: row[`events_${state}`] })),
      ),
      runs: rows.flatMap(row => {
        const { running = 0, open: all = 0 } = openOf.get(row.id) ?? {}
        return [
          { monitorKey: row.key, env: row.env, state: 'complete', count: row.runs_complete },
          { monitorKey: row.key, env: row.env, state: 'failed', count: row.runs_failed },
          { monitorKey: row.key, env: row.env, state: 'running', count: running },
          { monitorKey: row.key, env: row.env, state: 'lost', count: all - running },
        ]
      }),
      lastSuccess: rows.flatMap(({ key, env, last_success_at: at }) =>
        at === null ? [] : [{ monitorKey: key, env, at }],
      ),
    }
  }
}

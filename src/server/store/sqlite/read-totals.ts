/** Reads the totals for /metrics. Only open runs are counted here; monitor-table.ts counts events and ended runs. */

import { boundsOf } from '../model/key-range.ts'
import { type MonitorTotals, totalsFromRows } from '../model/totals.ts'
import type { KeyRange, Totals } from '../store.ts'
import type { Sqlite } from './sqlite.ts'

export function createTotalsReader(db: Sqlite): (range?: KeyRange) => Totals {
  // COUNT reads index ranges only: a job that sends `run` and never an end leaves many open runs.
  const monitors = db.prepare<MonitorTotals>(`
    SELECT key, env, last_success_at, events_run, events_complete, events_fail, events_ok, runs_complete, runs_failed,
      (SELECT COUNT(*) FROM run r WHERE r.monitor = m.id AND r.ended_at IS NULL) AS open,
      (SELECT COUNT(*) FROM run r WHERE r.monitor = m.id AND r.ended_at IS NULL
        AND r.at >= COALESCE((SELECT MAX(n.at) FROM run n
          WHERE n.monitor = m.id AND n.ended_at IS NOT NULL), 0)) AS running
    FROM monitor m WHERE key > ? AND key <= ? ORDER BY key, env`)
  return (range = {}) => {
    const { after, upTo } = boundsOf(range)
    return totalsFromRows(monitors.all(after, upTo))
  }
}

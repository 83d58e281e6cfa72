/** Reads the totals for /metrics. Only open runs are counted here; the rows of monitors count events and ended runs. */

import { boundsOf } from '../model/key-range.ts'
import { type MonitorTotals, totalsFromRows } from '../model/totals.ts'
import type { KeyRange, Totals } from '../store.ts'
import type { Queries } from './queries.ts'
import { OPEN_COUNT } from './running-since.ts'

/** COUNT reads index ranges only: a job that sends `run` and never an end leaves many open runs. */
const TOTALS = `
  SELECT key, env, last_success_at, events_run, events_complete, events_fail, events_ok, runs_complete, runs_failed,
    (SELECT COUNT(*) FROM run r WHERE r.monitor = m.id AND r.ended_at IS NULL) AS open,
    COALESCE(${OPEN_COUNT}, 0) AS running
  FROM monitor m WHERE key > $1 AND key <= $2 ORDER BY key, env`

export async function readTotals({ query }: Queries, range: KeyRange = {}): Promise<Totals> {
  const { after, upTo } = boundsOf(range)
  return totalsFromRows(await query<MonitorTotals>(TOTALS, [after, upTo], 'totals'))
}

/** `--notify-again`: adds a change from a bad health to itself after each such time, which notifications then report. */

import { healthOf } from '../../monitors/health.ts'
import { changeDetails } from '../model/change-details.ts'
import type { ExaminedSome } from '../model/in-steps.ts'
import {
  MONITOR_COLUMNS,
  type MonitorRow,
  monitorFromRow,
  type SelectedMonitor,
} from '../model/monitor-row.ts'
import { nextRepetition } from '../model/next-repetition.ts'
import { INSERT_CHANGE } from './insert-change.ts'
import { createOpenRunReader } from './open-runs.ts'
import { inTransaction, type Sqlite } from './sqlite.ts'

interface BadMonitor extends SelectedMonitor {
  /** When its health was last repeated. */
  readonly told_at: number | null
}

/** Events are recorded between two calls. */
const MONITORS_A_STEP = 500

/** Pending changes of the monitor table must be flushed before each call. */
export function createRepeater(db: Sqlite): (now: number, everyMs: number, afterId?: number) => ExaminedSome {
  // The index monitor_bad has the same condition.
  const select = db.prepare<BadMonitor>(`
    SELECT ${MONITOR_COLUMNS}, told_at FROM monitor
    WHERE id > ? AND (outcome = 'failing' OR late = 1 OR overrunning = 1) ORDER BY id LIMIT ?`)
  const insertChange = db.prepare(INSERT_CHANGE)
  const updateToldAt = db.prepare('UPDATE monitor SET told_at = ? WHERE id = ?')
  const lastFailed = db.prepare<{ readonly id: number }>(`
    SELECT id FROM run WHERE monitor = ? AND ended_at IS NOT NULL AND end_state = 'failed' ORDER BY at DESC LIMIT 1`)
  const openRuns = createOpenRunReader(db)

  /** What it is about: the run that failed last, or the one that takes too long. */
  const runOf = (monitor: MonitorRow): number | null => {
    const health = healthOf(monitor)
    if (health === 'failing') return lastFailed.get(monitor.id)?.id ?? null
    return health === 'overrunning' ? (openRuns.oldest(monitor.id)?.id ?? null) : null
  }
  const repeat = (monitor: MonitorRow, since: number, now: number) => {
    const health = healthOf(monitor)
    const details = changeDetails(monitor, health, since)
    insertChange.run(monitor.key, monitor.env, health, health, now, runOf(monitor), details)
  }

  return (now, everyMs, afterId = 0) =>
    inTransaction(db, () => {
      const rows = select.all(afterId, MONITORS_A_STEP)
      let healthChanged = false
      let nextAt: number | undefined
      for (const row of rows) {
        const monitor = monitorFromRow(row)
        const { isDue, since, toldAt } = nextRepetition(monitor, row.told_at, now, everyMs)
        if (isDue) {
          repeat(monitor, since, now)
          updateToldAt.run(toldAt, monitor.id)
          healthChanged = true
        }
        nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, toldAt + everyMs)
      }
      return { healthChanged, nextAt, next: rows.length < MONITORS_A_STEP ? undefined : rows.at(-1)?.id }
    })
}

/** Runs for readers, from the database's rows. */

import type { Run } from '../../monitors/monitors.ts'
import type { RunState } from '../../monitors/run-state.ts'

/** Columns of a run, of its monitor and of its newest event, as the databases have them: SQLite with 0 and 1 for `lost`. */
export interface ReadRun {
  readonly id: number
  readonly monitor_key: string
  readonly series: string | null
  /** '' for none. */
  readonly env: string
  readonly host: string | null
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly end_state: 'complete' | 'failed' | null
  readonly lost: number | boolean
  readonly reported_duration: number | null
  readonly status_code: number | null
  readonly message: string | null
}

export function runFromRow(row: ReadRun): Run {
  const state: RunState = row.end_state ?? (row.lost ? 'lost' : 'running')
  const duration = durationOf(row)
  return {
    id: row.id,
    monitorKey: row.monitor_key,
    ...(row.series !== null && { series: row.series }),
    state,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(duration !== undefined && { durationSeconds: duration }),
    ...(row.status_code !== null && { statusCode: row.status_code }),
    ...(row.host !== null && { host: row.host }),
    ...(row.env !== '' && { env: row.env }),
    ...(row.message !== null && { message: row.message }),
  }
}

/** If two hosts with different clocks reported start and end, the end may be earlier than the start. */
function durationOf({ reported_duration, started_at, ended_at }: ReadRun): number | undefined {
  if (reported_duration !== null) return reported_duration
  if (started_at === null || ended_at === null) return undefined
  return Math.max(0, ended_at - started_at) / 1000
}

/** A run in the JSON of /api. */

import type { Run } from '../monitors/monitors.ts'
import type { RunState } from '../monitors/run-state.ts'

/** Times are ISO 8601 in UTC. Unknown fields are absent. */
export interface RunJson {
  /** Ascending in the order in which the server learned of the runs. */
  readonly id: number
  readonly monitor: string
  readonly series?: string | undefined
  readonly state: RunState
  readonly started_at?: string | undefined
  readonly ended_at?: string | undefined
  /** Seconds. */
  readonly duration?: number | undefined
  readonly status_code?: number | undefined
  readonly host?: string | undefined
  readonly env?: string | undefined
  readonly message?: string | undefined
}

export function runJson(run: Run): RunJson {
  return {
    id: run.id,
    monitor: run.monitorKey,
    series: run.series,
    state: run.state,
    started_at: isoTime(run.startedAt),
    ended_at: isoTime(run.endedAt),
    duration: run.durationSeconds,
    status_code: run.statusCode,
    host: run.host,
    env: run.env,
    message: run.message,
  }
}

/** Undefined also for a time beyond the range of Date, 100,000,000 days from 1970: a `stamp` is not limited. */
export function isoTime(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined
  const time = new Date(ms)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

/** A monitor in the JSON of /api. */

import type { Health, Monitor, MonitorState } from '../monitors/monitors.ts'
import { isoTime, type RunJson, runJson } from './run-json.ts'

/** Times are ISO 8601 in UTC. Unknown fields are absent. */
export interface MonitorJson {
  readonly monitor: string
  readonly state: MonitorState
  readonly health: Health
  readonly since?: string | undefined
  readonly last_event_at?: string | undefined
  readonly last_success_at?: string | undefined
  readonly envs: readonly string[]
  /** Seconds. */
  readonly expect_every?: number | undefined
  /** Oldest first. */
  readonly recent: readonly RunJson[]
}

export function monitorJson(monitor: Monitor): MonitorJson {
  return {
    monitor: monitor.key,
    state: monitor.state,
    health: monitor.health,
    since: isoTime(monitor.since),
    last_event_at: isoTime(monitor.lastEventAt),
    last_success_at: isoTime(monitor.lastSuccessAt),
    envs: monitor.envs,
    expect_every: monitor.expectMs === undefined ? undefined : monitor.expectMs / 1000,
    recent: monitor.recent.map(runJson),
  }
}

/** A monitor in the JSON of /api. */

import type { Health, Monitor, MonitorEnvironment, MonitorState } from '../monitors/monitors.ts'
import { isoTime, type RunJson, runJson } from './run-json.ts'

/** What a monitor as a whole and a monitor in one environment have in common. */
interface HealthJson {
  readonly state: MonitorState
  readonly health: Health
  /** Two facts: if both are true, `state` and `health` are `failing`. */
  readonly failing: boolean
  readonly late: boolean
  readonly since?: string | undefined
  readonly last_event_at?: string | undefined
  readonly last_success_at?: string | undefined
  /** Seconds. */
  readonly expect_every?: number | undefined
}

/** Times are ISO 8601 in UTC. Unknown fields are absent. */
export interface MonitorJson extends HealthJson {
  readonly monitor: string
  readonly envs: readonly string[]
  /** Sorted by `env`; null for events without an environment. */
  readonly environments: readonly (HealthJson & { readonly env: string | null })[]
  /** Oldest first. */
  readonly recent: readonly RunJson[]
}

export function monitorJson(monitor: Monitor): MonitorJson {
  return {
    monitor: monitor.key,
    ...healthJson(monitor),
    envs: monitor.envs,
    environments: monitor.environments.map(environment => ({
      env: environment.env === '' ? null : environment.env,
      ...healthJson(environment),
    })),
    recent: monitor.recent.map(runJson),
  }
}

function healthJson(of: Omit<MonitorEnvironment, 'env'>): HealthJson {
  return {
    state: of.state,
    health: of.health,
    failing: of.isFailing,
    late: of.isLate,
    since: isoTime(of.since),
    last_event_at: isoTime(of.lastEventAt),
    last_success_at: isoTime(of.lastSuccessAt),
    expect_every: of.expectMs === undefined ? undefined : of.expectMs / 1000,
  }
}

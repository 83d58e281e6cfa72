/** A monitor in the JSON of /api. */

import type { Health, Monitor, MonitorEnvironment, MonitorState } from '../monitors/monitors.ts'
import { writtenRule } from '../monitors/written-rule.ts'
import { isoTime, type RunJson, runJson } from './run-json.ts'

/** What a monitor as a whole and a monitor in one environment have in common. */
interface HealthJson {
  readonly state: MonitorState
  readonly health: Health
  /** Three facts: `health` is the worst of those that are true. */
  readonly failing: boolean
  readonly late: boolean
  readonly overrunning: boolean
  readonly since?: string | undefined
  readonly last_event_at?: string | undefined
  readonly last_success_at?: string | undefined
  /** Seconds. */
  readonly expect_every?: number | undefined
  /** As `--expect` reads it. Absent for a monitor as a whole: its environments may have different rules. */
  readonly rule?: string | undefined
  /** It becomes late after this time. */
  readonly late_after?: string | undefined
  readonly running_since?: string | undefined
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
    overrunning: of.isOverrunning,
    since: isoTime(of.since),
    last_event_at: isoTime(of.lastEventAt),
    last_success_at: isoTime(of.lastSuccessAt),
    expect_every: of.expectMs === undefined ? undefined : of.expectMs / 1000,
    rule: of.rule && writtenRule(of.rule),
    late_after: isoTime(of.nextDueAt),
    running_since: isoTime(of.runningSince),
  }
}

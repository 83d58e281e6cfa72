/** Runs and health of monitors, which follow from their events. */

import type { Rule, RuleScope } from './rule.ts'
import type { RunState } from './run-state.ts'

export interface Run {
  readonly id: number
  readonly monitorKey: string
  readonly series?: string
  readonly state: RunState
  /** Milliseconds since 1970; absent if no `run` event was received. */
  readonly startedAt?: number
  readonly endedAt?: number
  /** The metric `duration` if the job sent it, else the time from start to end. */
  readonly durationSeconds?: number
  readonly statusCode?: number
  readonly host?: string
  readonly env?: string
  /** The message of the end, else of the start. */
  readonly message?: string
}

/**
 * The health, whose changes are notified, from best to worst. A started run does not change it, unless it ends lateness.
 * `unknown`: nothing has succeeded yet, and not so much has failed that the monitor is failing by its rule.
 */
export type Health = 'unknown' | 'healthy' | 'overrunning' | 'late' | 'failing'

/** The state on the page: the first of these that applies. `quiet`: the health is unknown, and nothing is running. */
export type MonitorState = 'failing' | 'late' | 'overrunning' | 'running' | 'healthy' | 'quiet'

/** A monitor in one environment has a health of its own, since a success in staging says nothing about production. */
export interface MonitorEnvironment {
  /** '' for events without an environment. */
  readonly env: string
  readonly state: MonitorState
  readonly health: Health
  /** Three facts; `health` is the worst of those that are true. */
  readonly isFailing: boolean
  readonly isLate: boolean
  /** A run is open for longer than its rule allows (`max`). */
  readonly isOverrunning: boolean
  /** When `health` last changed, in milliseconds since 1970; absent for `unknown`. */
  readonly since?: number
  readonly lastEventAt?: number
  /** When the last `complete` or `ok` happened. */
  readonly lastSuccessAt?: number
  /** The rule that applies here (`--expect`). */
  readonly rule?: Rule
  /** The longest time between two successes, in milliseconds; only if the rule is `every`. */
  readonly expectMs?: number
  /** It is late after this moment, the grace included, unless it has succeeded (`every`) or started (`cron`) before. */
  readonly nextDueAt?: number
  /** When the oldest of its open runs started; absent if none is running. */
  readonly runningSince?: number
  /** From then on that run takes longer than all recent ones by far (long-run.ts); absent if the rule has a `max`. */
  readonly longRunAt?: number
}

/** A monitor as a whole is as bad as the worst of its environments. */
export interface Monitor {
  readonly key: string
  readonly state: MonitorState
  readonly health: Health
  /** True if it is failing, late or overrunning in at least one environment. */
  readonly isFailing: boolean
  readonly isLate: boolean
  readonly isOverrunning: boolean
  /**
   * Milliseconds since 1970; absent for `unknown`. If it is failing, late or overrunning: since when it is so in the first of the
   * environments with this health. If it is healthy: when the last environment became healthy.
   */
  readonly since?: number
  readonly lastEventAt?: number
  /** When the last `complete` or `ok` happened. */
  readonly lastSuccessAt?: number
  /** The names of its environments, sorted, without ''. */
  readonly envs: readonly string[]
  /** Sorted by `env`. At least one. */
  readonly environments: readonly MonitorEnvironment[]
  /** The shortest `every` of the rules of its environments, in milliseconds. */
  readonly expectMs?: number
  /** At most 30 runs, in the order of their ids, oldest first; only the last one has its `message`. */
  readonly recent: readonly Run[]
}

/** A change of a monitor's health in one environment, which notifications report. */
export interface HealthChange {
  /** Ascending, from 1. */
  readonly id: number
  readonly monitorKey: string
  /** '' for events without an environment. */
  readonly env: string
  readonly from: Health
  readonly to: Health
  /** Milliseconds since 1970. */
  readonly at: number
  /** The run that caused the change; absent if no run did: it became late, or an `ok` event came. */
  readonly run?: Run
  /** The rule that applied when it was noticed. */
  readonly rule?: Rule
  /** Only for late by a schedule: the time that was missed, without the grace. */
  readonly dueAt?: number
  /** Only if `from` and `to` are equal, which is a repetition (`--notify-again`): since when the health is so. */
  readonly since?: number
}

/** A rule, and the monitors to which it applies. */
export type Expectation = RuleScope & { readonly rule: Rule }

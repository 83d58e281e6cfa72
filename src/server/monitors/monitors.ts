/** Runs and health of monitors, which follow from their events. */

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
 * The health, whose changes are notified, from best to worst. A started run does not change it. `unknown`: no run has
 * ended yet.
 */
export type Health = 'unknown' | 'healthy' | 'late' | 'failing'

/** The state on the page: the first of these that applies. `quiet`: no run has started or ended yet. */
export type MonitorState = 'failing' | 'late' | 'running' | 'healthy' | 'quiet'

/** A monitor in one environment has a health of its own, since a success in staging says nothing about production. */
export interface MonitorEnvironment {
  /** '' for events without an environment. */
  readonly env: string
  readonly state: MonitorState
  readonly health: Health
  /** Failing and late are two facts; if both are true, `health` is `failing`. */
  readonly isFailing: boolean
  readonly isLate: boolean
  /** When `health` last changed, in milliseconds since 1970; absent for `unknown`. */
  readonly since?: number
  readonly lastEventAt?: number
  /** When the last `complete` or `ok` happened. */
  readonly lastSuccessAt?: number
  /** The longest time between two successes, in milliseconds (`--expect`). */
  readonly expectMs?: number
}

/** A monitor as a whole is as bad as the worst of its environments. */
export interface Monitor {
  readonly key: string
  readonly state: MonitorState
  readonly health: Health
  /** True if it is failing, or late, in at least one environment. */
  readonly isFailing: boolean
  readonly isLate: boolean
  /**
   * Milliseconds since 1970; absent for `unknown`. If it is failing or late: since when it is so in the first of the
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
  /** The shortest expectation of its environments, in milliseconds (`--expect`). */
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
  /** The run that caused the change; absent if no run did: `late`, or an `ok` event. */
  readonly run?: Run
}

/** A monitor is expected to succeed at least this often. */
export interface Expectation {
  readonly monitorKey: string
  /** Milliseconds, more than 0. */
  readonly everyMs: number
  /** Only in this environment, in which it replaces the one without `env`. */
  readonly env?: string
}

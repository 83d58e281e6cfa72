/** What the events of a monitor amount to: runs, and how the monitor is. */

import type { RunState } from './run-state.ts'

export interface Run {
  readonly id: number
  readonly monitorKey: string
  readonly series?: string
  readonly state: RunState
  /** Milliseconds since 1970; absent where no `run` was received. */
  readonly startedAt?: number
  readonly endedAt?: number
  /** As the job reported it (metric `duration`), else from the first event to the last. */
  readonly durationSeconds?: number
  readonly statusCode?: number
  readonly host?: string
  readonly env?: string
  /** Of the event that ended it, else of `run`. */
  readonly message?: string
}

/** What people are told of; a run that has begun does not change it. `unknown`: nothing has ended yet. */
export type Health = 'unknown' | 'healthy' | 'failing' | 'late'

/** What is shown: late before failing before running before healthy; `quiet` where nothing has run or ended yet. */
export type MonitorState = 'late' | 'failing' | 'running' | 'healthy' | 'quiet'

export interface Monitor {
  readonly key: string
  readonly state: MonitorState
  readonly health: Health
  /** When `health` became what it is, in milliseconds since 1970; absent for `unknown`. */
  readonly since?: number
  readonly lastEventAt?: number
  /** When the last `complete` or `ok` came. */
  readonly lastSuccessAt?: number
  /** Each env that its runs were reported with, sorted. */
  readonly envs: readonly string[]
  /** At most this long, in milliseconds, may lie between two successes (`--expect`). */
  readonly expectMs?: number
  /** The last 30 at most, in the order of their ids, oldest first; the last alone has its `message`. */
  readonly recent: readonly Run[]
}

/** A change of a monitor's health: what notifications are made of. */
export interface HealthChange {
  /** Ascending, from 1. */
  readonly id: number
  readonly monitorKey: string
  readonly from: Health
  readonly to: Health
  /** Milliseconds since 1970. */
  readonly at: number
  /** The run that brought it about; absent for `late` and `ok`. */
  readonly run?: Run
}

/** A promise of a monitor's: a success at least this often. */
export interface Expectation {
  readonly monitorKey: string
  /** Milliseconds, more than 0. */
  readonly everyMs: number
}

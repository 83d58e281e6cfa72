/** The content of a notification, the same for all channels. */

import { cleanOutput } from '../../telemetry/clean-output.ts'
import type { Health, HealthChange } from '../monitors/monitors.ts'
import type { RunState } from '../monitors/run-state.ts'
import { writtenRule } from '../monitors/written-rule.ts'
import { changeReason } from './change-reason.ts'
import { endOf, startOf } from './truncate.ts'

/** The body of `--notify-url` in JSON. All fields are always present; unknown values are null. */
export interface Notification {
  /** Ascending. The same change always has the same id, also if it is sent twice. */
  readonly id: number
  readonly monitor: string
  readonly from: Health
  readonly to: Health
  /** ISO 8601, UTC. */
  readonly at: string
  /** True for a repetition (`--notify-again`): `from` and `to` are equal. */
  readonly again: boolean
  /** Since when it is `to`. The same as `at`, unless it is a repetition. */
  readonly since: string
  /** In words, from the rule: why it is late or overrunning, or how many runs in a row made it failing or healthy. */
  readonly reason: string | null
  /** The rule that applied, as `--expect` reads it. */
  readonly rule: string | null
  /** For late by a schedule: the time that was missed. */
  readonly due_at: string | null
  /**
   * This and all fields below but `env` describe the run that caused the change. They are null if no run did: for
   * `late` and `ok`.
   */
  readonly state: RunState | null
  readonly series: string | null
  readonly host: string | null
  /** The environment in which the monitor has changed; null for events without one. */
  readonly env: string | null
  readonly status_code: number | null
  /** Seconds. */
  readonly duration: number | null
  /** Plain text without terminal sequences and control characters. Only the end of a long message. */
  readonly message: string | null
}

/** In UTF-8. Linux allows 128 KiB for one environment variable (MAX_ARG_STRLEN), some systems 256 KiB for all together. */
export const MAX_FACT_BYTES = 32 * 1024

export function notificationOf(change: HealthChange): Notification {
  const { id, monitorKey, env, from, to, at, run, rule, dueAt, since = at } = change
  return {
    id,
    monitor: startOf(monitorKey, MAX_FACT_BYTES),
    from,
    to,
    at: isoTime(at),
    again: from === to,
    since: isoTime(since),
    reason: changeReason(change) ?? null,
    rule: rule === undefined ? null : writtenRule(rule),
    due_at: dueAt === undefined ? null : isoTime(dueAt),
    state: run?.state ?? null,
    series: short(run?.series),
    host: short(run?.host),
    env: env === '' ? null : short(env),
    status_code: run?.statusCode ?? null,
    duration: run?.durationSeconds ?? null,
    message: run?.message === undefined ? null : messageOf(run.message),
  }
}

function isoTime(at: number): string {
  return new Date(at).toISOString()
}

function short(text: string | undefined): string | null {
  return text === undefined ? null : startOf(text, MAX_FACT_BYTES)
}

/** The end of the output, which usually says why a job failed. */
function messageOf(message: string): string {
  return endOf(cleanOutput(Buffer.from(message), { frontCut: false }), MAX_FACT_BYTES)
}

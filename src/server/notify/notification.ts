/** What a notification says of a change: the same facts for each channel. */

import { cleanOutput } from '../../telemetry/clean-output.ts'
import type { Health, HealthChange } from '../monitors/monitors.ts'
import type { RunState } from '../monitors/run-state.ts'
import { endOf, startOf } from './truncate.ts'

/** The body of a POST as JSON. All names are always there; what is not known is null. */
export interface Notification {
  /** Ascending; a notification that comes twice has the same. */
  readonly id: number
  readonly monitor: string
  readonly from: Health
  readonly to: Health
  /** ISO 8601, UTC. */
  readonly at: string
  /** Of the run that brought the change about; null, with all that follow, for `late` and `ok`. */
  readonly state: RunState | null
  readonly series: string | null
  readonly host: string | null
  readonly env: string | null
  readonly status_code: number | null
  /** Seconds. */
  readonly duration: number | null
  /** Text, without terminal sequences and control characters; its end, where it is long. */
  readonly message: string | null
}

/** In bytes of UTF-8. Linux takes 128 KiB for a single variable (MAX_ARG_STRLEN), and some systems 256 KiB for all. */
export const MAX_FACT_BYTES = 32 * 1024

export function notificationOf({ id, monitorKey, from, to, at, run }: HealthChange): Notification {
  return {
    id,
    monitor: startOf(monitorKey, MAX_FACT_BYTES),
    from,
    to,
    at: new Date(at).toISOString(),
    state: run?.state ?? null,
    series: short(run?.series),
    host: short(run?.host),
    env: short(run?.env),
    status_code: run?.statusCode ?? null,
    duration: run?.durationSeconds ?? null,
    message: run?.message === undefined ? null : messageOf(run.message),
  }
}

function short(text: string | undefined): string | null {
  return text === undefined ? null : startOf(text, MAX_FACT_BYTES)
}

/** Why a job failed stands at the end of what it printed. */
function messageOf(message: string): string {
  return endOf(cleanOutput(Buffer.from(message), { frontCut: false }), MAX_FACT_BYTES)
}

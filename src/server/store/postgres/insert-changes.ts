/** Adds changes of health. */

import type { HealthStep } from '../../monitors/health.ts'
import type { Health } from '../../monitors/monitors.ts'
import { changeDetails } from '../model/change-details.ts'
import type { MonitorRow } from '../model/monitor-row.ts'
import type { WriteTransaction } from './queries.ts'

export interface NewChange {
  readonly key: string
  readonly env: string
  readonly from: Health
  readonly to: Health
  /** Milliseconds since 1970. */
  readonly at: number
  /** The id of the run that caused it. */
  readonly run: number | null
  /** From changeDetails(). */
  readonly details: string | null
}

/** The changes that people are notified of, at most one. `after` is the monitor as the step left it. */
export function changesOf(after: MonitorRow, { change }: HealthStep, run: number | null): NewChange[] {
  if (change === undefined) return []
  const { key, env } = after
  return [{ key, env, ...change, run, details: changeDetails(after, change.to) }]
}

const INSERT = `
  INSERT INTO change (id, monitor_key, env, from_health, to_health, at, run, details)
  SELECT $1 + place, key, env, from_health, to_health, at, run, details
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[])
    WITH ORDINALITY AS c (key, env, from_health, to_health, at, run, details, place)`

/** In their order; takes their ids from `head`. */
export async function insertChanges(
  { query, head }: WriteTransaction,
  changes: readonly NewChange[],
): Promise<void> {
  if (changes.length === 0) return
  const values = [
    head.lastChange,
    changes.map(({ key }) => key),
    changes.map(({ env }) => env),
    changes.map(({ from }) => from),
    changes.map(({ to }) => to),
    changes.map(({ at }) => at),
    changes.map(({ run }) => run),
    changes.map(({ details }) => details),
  ]
  await query(INSERT, values, 'insert-changes')
  head.lastChange += changes.length
}

/** Runs as lists of columns: as JSON objects they would take twice the time. */

import type { ReadRun } from './run-row.ts'

/** In their order. */
export const PACKED_RUN_COLUMNS =
  'id, series, host, started_at, ended_at, end_state, lost, reported_duration, status_code'

export type PackedRun = readonly [
  id: ReadRun['id'],
  series: ReadRun['series'],
  host: ReadRun['host'],
  started_at: ReadRun['started_at'],
  ended_at: ReadRun['ended_at'],
  end_state: ReadRun['end_state'],
  lost: ReadRun['lost'],
  reported_duration: ReadRun['reported_duration'],
  status_code: ReadRun['status_code'],
]

/** Without a message. */
export function unpackRun(
  packed: PackedRun,
  { monitor_key, env }: Pick<ReadRun, 'monitor_key' | 'env'>,
): ReadRun {
  const [id, series, host, started_at, ended_at, end_state, lost, reported_duration, status_code] = packed
  const times = { started_at, ended_at, end_state, lost, reported_duration }
  return { id, monitor_key, series, env, host, ...times, status_code, message: null }
}

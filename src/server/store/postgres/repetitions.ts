/** `--notify-again`: adds a change from a bad health to itself after each such time, which notifications then report. */

import { healthOf } from '../../monitors/health.ts'
import { changeDetails } from '../model/change-details.ts'
import type { ExaminedSome } from '../model/in-steps.ts'
import {
  MONITOR_COLUMNS,
  type MonitorRow,
  monitorFromRow,
  type SelectedMonitor,
} from '../model/monitor-row.ts'
import { nextRepetition } from '../model/next-repetition.ts'
import type { Database } from './database.ts'
import { insertChanges, type NewChange } from './insert-changes.ts'
import type { WriteTransaction } from './queries.ts'
import { OLDEST_OPEN_RUN } from './running-since.ts'

interface BadMonitor extends SelectedMonitor {
  /** When its health was last repeated. */
  readonly told_at: number | null
}

/** Events are recorded between two steps. */
const MONITORS_A_STEP = 500

/** The index monitor_bad has the same condition. */
const SELECT = `
  SELECT ${MONITOR_COLUMNS}, told_at FROM monitor
  WHERE id > $1 AND (outcome = 'failing' OR late OR overrunning) ORDER BY id LIMIT ${MONITORS_A_STEP}`

/** What a repetition is about: the run that failed last, or the one that takes too long. */
const SELECT_AGAIN = `
  SELECT ${MONITOR_COLUMNS}, told_at,
    CASE WHEN outcome = 'failing' THEN (
      SELECT id FROM run WHERE monitor = m.id AND ended_at IS NOT NULL AND end_state = 'failed' ORDER BY at DESC LIMIT 1
    ) WHEN NOT late THEN ${OLDEST_OPEN_RUN} END AS run
  FROM monitor m
  WHERE id = ANY ($1::bigint[]) AND (outcome = 'failing' OR late OR overrunning) ORDER BY id`

const UPDATE_TOLD_AT = `
  UPDATE monitor SET told_at = v.told_at
  FROM unnest($1::bigint[], $2::bigint[]) AS v (id, told_at) WHERE monitor.id = v.id`

/**
 * Examines some of the bad monitors, those with the next larger ids than `afterId`. Takes the write lock only if something
 * must be repeated, and then reads those monitors again. `now` and `everyMs` are milliseconds.
 */
export async function repeatBadStep(
  { read, write }: Database,
  now: number,
  everyMs: number,
  afterId = 0,
): Promise<ExaminedSome> {
  const rows = await read(({ query }) => query<BadMonitor>(SELECT, [afterId], 'bad-monitors'))
  const examined = rows.map(row => ({
    id: row.id,
    ...nextRepetition(monitorFromRow(row), row.told_at, now, everyMs),
  }))
  const due = examined.filter(({ isDue }) => isDue).map(({ id }) => id)
  const healthChanged = due.length > 0 && (await write(transaction => repeat(transaction, due, now, everyMs)))
  const nextAt = examined.length === 0 ? undefined : Math.min(...examined.map(each => each.toldAt + everyMs))
  return { healthChanged, nextAt, next: rows.length < MONITORS_A_STEP ? undefined : rows.at(-1)?.id }
}

async function repeat(
  transaction: WriteTransaction,
  ids: readonly number[],
  now: number,
  everyMs: number,
): Promise<boolean> {
  const rows = await transaction.query<BadMonitor & { readonly run: number | null }>(
    SELECT_AGAIN,
    [ids],
    'bad-monitors-again',
  )
  const repeated = rows
    .map(row => {
      const monitor = monitorFromRow(row)
      return { monitor, run: row.run, ...nextRepetition(monitor, row.told_at, now, everyMs) }
    })
    .filter(({ isDue }) => isDue)
  if (repeated.length === 0) return false
  await insertChanges(
    transaction,
    repeated.map(({ monitor, since, run }) => repetition(monitor, since, run, now)),
  )
  await transaction.query(
    UPDATE_TOLD_AT,
    [repeated.map(({ monitor }) => monitor.id), repeated.map(({ toldAt }) => toldAt)],
    'update-told-at',
  )
  return true
}

function repetition(monitor: MonitorRow, since: number, run: number | null, now: number): NewChange {
  const health = healthOf(monitor)
  const details = changeDetails(monitor, health, since)
  return { key: monitor.key, env: monitor.env, from: health, to: health, at: now, run, details }
}

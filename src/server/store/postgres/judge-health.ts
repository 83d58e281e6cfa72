/** Judges by their rules which monitors are late and which runs take too long. */

import { afterWaiting } from '../../monitors/health.ts'
import type { ExaminedSome } from '../model/in-steps.ts'
import { MONITOR_COLUMNS, monitorFromRow, type SelectedMonitor, withHealth } from '../model/monitor-row.ts'
import { nextJudgement } from '../model/next-judgement.ts'
import type { Database } from './database.ts'
import { changesOf, insertChanges } from './insert-changes.ts'
import type { WriteTransaction } from './queries.ts'
import { OLDEST_OPEN_RUN, OPEN_SINCE } from './running-since.ts'
import { updateHealth } from './update-health.ts'

interface JudgedMonitor extends SelectedMonitor {
  /** Only known if the rule limits the duration of runs. */
  readonly running_since: number | null
}

/** Events are recorded between two steps. */
const MONITORS_A_STEP = 500

const SELECT = `
  SELECT ${MONITOR_COLUMNS}, CASE WHEN rule::json ->> 'maxMs' IS NOT NULL THEN ${OPEN_SINCE} END AS running_since
  FROM monitor m WHERE id > $1 AND rule IS NOT NULL ORDER BY id LIMIT ${MONITORS_A_STEP}`

const SELECT_AGAIN = `
  SELECT ${MONITOR_COLUMNS}, CASE WHEN rule::json ->> 'maxMs' IS NOT NULL THEN ${OPEN_SINCE} END AS running_since,
    CASE WHEN rule::json ->> 'maxMs' IS NOT NULL THEN ${OLDEST_OPEN_RUN} END AS running
  FROM monitor m WHERE id = ANY ($1::bigint[]) AND rule IS NOT NULL ORDER BY id`

/**
 * Judges some of the monitors with a rule at `now` (milliseconds since 1970), those with the next larger ids than `afterId`.
 * Takes the write lock only if one of them has changed, and then reads those again.
 */
export async function judgeHealthStep(
  { read, write }: Database,
  now: number,
  afterId = 0,
): Promise<ExaminedSome> {
  const rows = await read(({ query }) => query<JudgedMonitor>(SELECT, [afterId], 'monitors-to-judge'))
  const judged = rows.map(row => judge(row, now))
  const changed = judged
    .filter(({ monitor, step }) => step.state !== monitor)
    .map(({ monitor }) => monitor.id)
  const healthChanged =
    changed.length > 0 && (await write(transaction => setHealth(transaction, changed, now)))
  const times = judged
    .map(({ after, runningSince }) => nextJudgement(after, runningSince, now))
    .filter(time => time !== undefined)
  return {
    healthChanged,
    nextAt: times.length === 0 ? undefined : Math.min(...times),
    next: rows.length < MONITORS_A_STEP ? undefined : rows.at(-1)?.id,
  }
}

function judge(row: JudgedMonitor, now: number) {
  const monitor = monitorFromRow(row)
  const runningSince = row.running_since ?? undefined
  const step = afterWaiting(monitor, now, runningSince)
  return { monitor, runningSince, step, after: withHealth(monitor, step.state) }
}

async function setHealth(
  transaction: WriteTransaction,
  ids: readonly number[],
  now: number,
): Promise<boolean> {
  const rows = await transaction.query<JudgedMonitor & { readonly running: number | null }>(
    SELECT_AGAIN,
    [ids],
    'judged-monitors',
  )
  const changed = rows
    .map(row => ({ running: row.running, ...judge(row, now) }))
    .filter(({ monitor, step }) => step.state !== monitor)
  const changes = changed.flatMap(({ after, step, running }) =>
    changesOf(after, step, step.change?.to === 'overrunning' ? running : null),
  )
  await updateHealth(
    transaction,
    changed.map(({ after }) => after),
  )
  await insertChanges(transaction, changes)
  return changes.length > 0
}

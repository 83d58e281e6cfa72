/**
 * Removes old rows in steps. Events and changes never change, so they are removed without the write lock; runs and monitors
 * are removed with it, a few at a time, since other servers wait for it.
 *
 * The conditions are those of sqlite/prune.ts.
 */

import type { Database } from './database.ts'
import type { NewestIds } from './newest.ts'
import type { Queries, WriteTransaction } from './queries.ts'

export interface PruneOptions {
  /** Rows of these and smaller ids are removed; a run or a monitor is as old as its last event. */
  readonly upTo: NewestIds
  /** True ends it. */
  readonly isClosed: () => boolean
}

/** Rows of events and changes that a step removes. */
const STEP_ROWS = 2000

/** Rows of runs and monitors that a step examines. */
const LOCKED_STEP_ROWS = 500

/** Two servers that do this at the same time leave rows to each other. */
const removeOld = (table: 'event' | 'change') => `
  WITH removed AS (
    DELETE FROM ${table} WHERE id = ANY (ARRAY(
      SELECT id FROM ${table} WHERE id > $1 AND id <= $2 ORDER BY id LIMIT ${STEP_ROWS} FOR UPDATE SKIP LOCKED
    ))
    RETURNING id
  )
  SELECT COUNT(*) AS removed, MAX(id) AS last FROM removed`

const REMOVALS = { event: removeOld('event'), change: removeOld('change') } as const

const LAST_OF_RUN = 'COALESCE(GREATEST(start_event, end_event), 0)'

interface Examined {
  readonly count: number
  readonly last: number | null
  readonly old: number
}

const examine = (table: 'run' | 'monitor', last: string) => `
  SELECT COUNT(*) AS count, MAX(id) AS last, COUNT(*) FILTER (WHERE last_event <= $2) AS old
  FROM (SELECT id, ${last} AS last_event FROM ${table} WHERE id > $1 ORDER BY id LIMIT ${LOCKED_STEP_ROWS}) s`

/** The newest run of a monitor in an environment stays while it is open: the job may still be running. */
const REMOVE_RUNS = `
  DELETE FROM run WHERE id > $1 AND id <= $2 AND ${LAST_OF_RUN} <= $3 AND (
    ended_at IS NOT NULL OR
    EXISTS (SELECT 1 FROM run n WHERE n.monitor = run.monitor AND n.at > run.at AND n.ended_at IS NOT NULL) OR
    EXISTS (SELECT 1 FROM run n WHERE n.monitor = run.monitor AND n.at > run.at AND n.ended_at IS NULL)
  )`

/**
 * An environment with an expectation of its own stays. Of those to which the monitor's expectation applies, the one with
 * the newest event stays, since the monitor is still expected.
 */
const REMOVE_MONITORS = `
  WITH removed AS (
    DELETE FROM monitor WHERE id > $1 AND id <= $2 AND derived <= $3
      AND NOT EXISTS (SELECT 1 FROM run WHERE run.monitor = monitor.id)
      AND NOT EXISTS (SELECT 1 FROM expectation e WHERE e.monitor_key = monitor.key AND e.env = monitor.env)
      AND NOT (
        EXISTS (SELECT 1 FROM expectation e WHERE e.monitor_key = monitor.key AND e.env IS NULL)
        AND NOT EXISTS (SELECT 1 FROM monitor n WHERE n.key = monitor.key AND n.id <> monitor.id
          AND (COALESCE(n.last_event_at, 0), n.id) > (COALESCE(monitor.last_event_at, 0), monitor.id))
      )
    RETURNING id
  )
  SELECT COUNT(*) AS removed FROM removed`

/** Resolves with the number of events that were removed. */
export async function pruneTables(database: Database, { upTo, isClosed }: PruneOptions): Promise<number> {
  const removed = await removeRows(database, 'event', upTo.event, isClosed)
  await examineRows(database, RUNS, upTo.event, isClosed)
  await removeRows(database, 'change', upTo.change, isClosed)
  await examineRows(database, MONITORS, upTo.event, isClosed)
  return removed
}

async function removeRows(
  { read }: Database,
  table: 'event' | 'change',
  upTo: number,
  isClosed: () => boolean,
): Promise<number> {
  let total = 0
  let after: number | null = 0
  while (after !== null && !isClosed()) {
    const values: readonly number[] = [after, upTo]
    const [step] = await read(({ query }) =>
      query<{ readonly removed: number; readonly last: number | null }>(
        REMOVALS[table],
        values,
        `prune-${table}`,
      ),
    )
    total += step?.removed ?? 0
    after = step === undefined || step.removed < STEP_ROWS ? null : step.last
  }
  return total
}

interface Part {
  readonly name: string
  readonly examine: string
  readonly remove: (
    transaction: WriteTransaction,
    range: readonly [after: number, last: number, upTo: number],
  ) => Promise<void>
  /** True if no row after a step without old rows is old. */
  readonly isInOrder: boolean
}

const RUNS: Part = {
  name: 'runs',
  examine: examine('run', LAST_OF_RUN),
  remove: async ({ query }, range) => {
    await query(REMOVE_RUNS, range, 'prune-runs')
  },
  isInOrder: true,
}

const MONITORS: Part = {
  name: 'monitors',
  examine: examine('monitor', 'derived'),
  remove: async ({ query, head }, range) => {
    const [row] = await query<{ readonly removed: number }>(REMOVE_MONITORS, range, 'prune-monitors')
    head.monitors -= row?.removed ?? 0
  },
  isInOrder: false,
}

async function examineRows(
  { read, write }: Database,
  part: Part,
  upTo: number,
  isClosed: () => boolean,
): Promise<void> {
  let after: number | null = 0
  while (after !== null && !isClosed()) {
    const from: number = after
    const step: Examined | undefined = await read(queries => examineStep(queries, part, from, upTo))
    if (step === undefined || step.last === null) return
    const { last } = step
    if (step.old > 0) await write(transaction => part.remove(transaction, [from, last, upTo]))
    after = step.count < LOCKED_STEP_ROWS || (part.isInOrder && step.old === 0) ? null : last
  }
}

async function examineStep(
  { query }: Queries,
  { name, examine: text }: Part,
  after: number,
  upTo: number,
): Promise<Examined | undefined> {
  const [row] = await query<Examined>(text, [after, upTo], `examine-${name}`)
  return row
}

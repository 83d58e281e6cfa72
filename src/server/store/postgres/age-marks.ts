/**
 * How old rows are: by the time for which servers have run since, as in sqlite/age-marks.ts.
 *
 * Several servers may add the time for which they have run. After the mark of another server, one adds no more than the time
 * that has passed since that mark: the time of two servers that run beside each other counts once. If their clocks differ, or
 * were set back, so that the mark seems to come from the future, the server's own time counts.
 */

import type { Database } from './database.ts'
import type { NewestIds } from './newest.ts'
import type { Queries } from './queries.ts'

export interface RunningTime {
  /** Measured with a monotonic clock, since this server last added its time. */
  readonly ranMs: number
  /** The name of this server. No other server has the same one. */
  readonly owner: string
  /** The database's clock, as far as it is known, in milliseconds since 1970. */
  readonly now: number
}

const ADD = `
  INSERT INTO age_mark (running_ms, event, change, marked_at, marked_by)
  SELECT COALESCE(last.running_ms, 0) + CASE
      WHEN last.marked_by <> $3::text AND last.marked_at <= $2::bigint THEN LEAST($1::bigint, $2::bigint - last.marked_at)
      ELSE $1::bigint END, $4::bigint, $5::bigint, $2::bigint, $3::text
  FROM (VALUES (1)) one LEFT JOIN (
    SELECT running_ms, marked_at, marked_by FROM age_mark ORDER BY running_ms DESC LIMIT 1
  ) last ON true
  ON CONFLICT (running_ms) DO UPDATE SET event = excluded.event, change = excluded.change,
    marked_at = excluded.marked_at, marked_by = excluded.marked_by`

const FIND = `
  SELECT running_ms, event, change FROM age_mark
  WHERE running_ms <= (SELECT MAX(running_ms) FROM age_mark) - $1 ORDER BY running_ms DESC LIMIT 1`

interface Mark extends NewestIds {
  readonly running_ms: number
}

const NONE: NewestIds = { event: 0, change: 0 }

/** Adds to the running time, and a mark with the newest rows. The lock lets one server after the other add its time. */
export async function addRunningTime(
  { write }: Pick<Database, 'write'>,
  { ranMs, owner, now }: RunningTime,
): Promise<void> {
  await write(async ({ query, head }) => {
    const values = [Math.round(ranMs), Math.round(now), owner, head.lastEvent, head.lastChange]
    await query(ADD, values, 'add-age-mark')
  })
}

/** The newest mark that is at least so old; zeros if there is none. */
export async function findOlderThan({ query }: Queries, ageMs: number): Promise<NewestIds> {
  const [mark] = await query<Mark>(FIND, [Math.round(ageMs)], 'old-age-mark')
  return mark === undefined ? NONE : { event: mark.event, change: mark.change }
}

/** As findOlderThan(), and forgets older marks. */
export async function takeOlderThan({ query }: Queries, ageMs: number): Promise<NewestIds> {
  const [mark] = await query<Mark>(FIND, [Math.round(ageMs)], 'old-age-mark')
  if (mark === undefined) return NONE
  await query('DELETE FROM age_mark WHERE running_ms < $1', [mark.running_ms], 'forget-age-marks')
  return { event: mark.event, change: mark.change }
}

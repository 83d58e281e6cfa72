/** Cursors: named ids that readers keep across restarts. */

import type { Queries } from './queries.ts'

/** 0 for a cursor that was never set. */
export async function readCursor({ query }: Queries, name: string): Promise<number> {
  const [row] = await query<{ readonly id: number }>(
    'SELECT id FROM cursor WHERE name = $1',
    [name],
    'cursor',
  )
  return row?.id ?? 0
}

/** `lazy`: the setting ends with the statement's transaction, whose commit then does not wait for the disk. */
const SET = `
  WITH durability AS MATERIALIZED (
    SELECT CASE WHEN $3 THEN set_config('synchronous_commit', 'off', true) ELSE '' END AS setting
  )
  INSERT INTO cursor (name, id) SELECT $1, $2 FROM durability WHERE setting IS NOT NULL
  ON CONFLICT (name) DO UPDATE SET id = excluded.id`

/** Outside a transaction. */
export async function writeCursor(
  { query }: Queries,
  name: string,
  id: number,
  durability?: 'lazy',
): Promise<void> {
  await query(SET, [name, id, durability === 'lazy'], 'set-cursor')
}

const BEGIN = `
  INSERT INTO cursor (name, id) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET id = excluded.id WHERE cursor.id = 0
  RETURNING id`

const MOVE = 'UPDATE cursor SET id = $3 WHERE name = $1 AND id = $2 RETURNING id'

/** Sets the cursor if it is still `from` (0: if it was never set). False if not. */
export async function moveCursor(
  { query }: Queries,
  name: string,
  from: number,
  to: number,
): Promise<boolean> {
  const rows =
    from === 0
      ? await query(BEGIN, [name, to], 'begin-cursor')
      : await query(MOVE, [name, from, to], 'move-cursor')
  return rows.length > 0
}

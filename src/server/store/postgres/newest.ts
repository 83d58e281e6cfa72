/** The newest ids, and the size of the tables. */

import { POSTGRES_TABLES } from './migrations.ts'
import type { Queries } from './queries.ts'

export interface NewestIds {
  readonly event: number
  readonly change: number
}

/** Also of rows that are pruned. */
export async function readNewest({ query }: Queries): Promise<NewestIds> {
  const [head] = await query<NewestIds>(
    'SELECT last_event AS event, last_change AS change FROM head',
    [],
    'newest',
  )
  if (head === undefined) throw new Error('the row of the table head is missing')
  return head
}

/** In bytes: the tables with their indexes. */
export async function readSize({ query }: Queries): Promise<number> {
  const [row] = await query<{ readonly bytes: number }>(
    'SELECT SUM(pg_total_relation_size(to_regclass(name)))::bigint AS bytes FROM unnest($1::text[]) AS t (name)',
    [POSTGRES_TABLES],
    'size',
  )
  return row?.bytes ?? 0
}

/** What servers tell each other of their rate limits. The rows live for a minute and are not worth a log. */

import { randomUUID } from 'node:crypto'
import type { Uses, UseTable } from '../peers.ts'
import type { Database } from './database.ts'

/** After a longer time without the database, what others have used meanwhile does not count. */
const NEWS_SECONDS = 10

const TELL = 'INSERT INTO limit_use (id, server, at, uses) VALUES ($1, $2, clock_timestamp(), $3)'

const READ = `
  SELECT id, uses FROM limit_use
  WHERE at > clock_timestamp() - interval '${NEWS_SECONDS} seconds' AND server <> $1 AND id <> ALL ($2::uuid[])`

const FORGET = `DELETE FROM limit_use WHERE at < clock_timestamp() - interval '1 minute'`

const FORGET_EVERY = 60

interface Row {
  readonly id: string
  readonly uses: string
}

/** `server`: the id of this server. Call `exchange` once a second. */
export function createUseTable({ read }: Pick<Database, 'read'>, server: string): UseTable {
  /** Rows do not become visible in the order of their times. */
  let seen: string[] = []
  let calls = 0
  const exchange = async (uses: Uses): Promise<Uses[]> =>
    read(async ({ query }) => {
      calls += 1
      if (Object.keys(uses).length > 0)
        await query(TELL, [randomUUID(), server, JSON.stringify(uses)], 'tell-uses')
      if (calls % FORGET_EVERY === 0) await query(FORGET, [], 'forget-uses')
      const rows = await query<Row>(READ, [server, seen], 'read-uses')
      seen = [...seen, ...rows.map(({ id }) => id)].slice(-MAX_SEEN)
      return rows.map(row => parseUses(row.uses))
    })
  return { exchange }
}

/** More than the servers of a database tell in NEWS_SECONDS. */
const MAX_SEEN = 1000

function parseUses(text: string): Uses {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return {}
  const entries = Object.entries(value).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return Object.fromEntries(entries)
}

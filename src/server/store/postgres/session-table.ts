/** Sessions of browsers. The tokens of their cookies are not in the database, only hashes of them. */

import type { SessionTable, SharedSession } from '../peers.ts'
import type { Database } from './database.ts'

const IS_LIVE = `used_at > clock_timestamp() - $2 * interval '1 millisecond'`

/** Each page makes several requests: a use is written once a minute. */
const USE = `
  WITH live AS (
    SELECT id, proof, used_at FROM session WHERE id = ANY ($1::text[]) AND ${IS_LIVE}
  ), touched AS (
    UPDATE session SET used_at = clock_timestamp()
    WHERE id IN (SELECT id FROM live WHERE used_at < clock_timestamp() - interval '1 minute')
  )
  SELECT id, proof FROM live`

const FORGET = `
  DELETE FROM session
  WHERE NOT (${IS_LIVE}) OR id IN (SELECT id FROM session ORDER BY used_at DESC OFFSET $1)`

export function createSessionTable({ read }: Pick<Database, 'read'>): SessionTable {
  return {
    use: (ids, maxIdleMs) => read(({ query }) => query<SharedSession>(USE, [ids, maxIdleMs], 'use-session')),
    begin: ({ id, proof }, maxSessions, maxIdleMs) =>
      read(async ({ query }) => {
        await query('INSERT INTO session (id, proof, used_at) VALUES ($1, $2, clock_timestamp())', [
          id,
          proof,
        ])
        await query(FORGET, [maxSessions, maxIdleMs])
      }),
    end: ids =>
      read(async ({ query }) => {
        await query('DELETE FROM session WHERE id = ANY ($1::text[])', [ids])
      }),
  }
}

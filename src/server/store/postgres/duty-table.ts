/** Leases of duties, by the clock of the database. */

import { DUTY_LEASE_MS, type DutyTable } from '../peers.ts'
import type { Database } from './database.ts'
import { dutyLeftPayload, NOTIFY } from './news.ts'

const UNTIL = `clock_timestamp() + interval '${DUTY_LEASE_MS} milliseconds'`

/**
 * A lease that has ended, and that nobody has taken, is renewed. One that its server has left belongs to nobody, so that
 * another server may have had it since.
 */
const HOLD = `
  WITH renewed AS (
    UPDATE duty SET until = ${UNTIL} WHERE name = ANY ($2::text[]) AND owner = $1 RETURNING name
  ), taken AS (
    INSERT INTO duty (name, owner, until)
    SELECT name, $1, ${UNTIL} FROM unnest($3::text[]) AS wanted (name)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE duty.until < clock_timestamp() OR duty.owner = excluded.owner
    RETURNING name
  )
  SELECT name FROM renewed UNION ALL SELECT name FROM taken`

const LEAVE = `
  WITH left_duty AS (
    UPDATE duty SET owner = '', until = clock_timestamp() - interval '1 second'
    WHERE name = $1 AND owner = $2 RETURNING name
  )
  SELECT name FROM left_duty`

/** `server`: the id of this server. */
export function createDutyTable(
  { read }: Pick<Database, 'read'>,
  server: string,
): Omit<DutyTable, 'onDutyLeft'> {
  return {
    holdDuties: ({ held, wanted }) =>
      read(async ({ query }) => {
        // In one order, so that two servers do not wait for each other.
        const values = [server, held.toSorted(), wanted.toSorted()]
        const rows = await query<{ readonly name: string }>(HOLD, values, 'hold-duties')
        return rows.map(({ name }) => name)
      }),
    leaveDuty: name =>
      read(async ({ query }) => {
        const rows = await query(LEAVE, [name, server], 'leave-duty')
        if (rows.length > 0) await query(NOTIFY, [dutyLeftPayload(server)], 'notify')
      }),
  }
}

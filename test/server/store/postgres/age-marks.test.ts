import { expect, test } from 'vitest'
import { addRunningTime, findOlderThan } from '../../../../src/server/store/postgres/age-marks.ts'
import type { Database } from '../../../../src/server/store/postgres/database.ts'
import '../../../support/needs-postgres.ts'
import { targetDatabase } from '../copy/support.ts'
import { NOW } from '../support.ts'

const HOUR = 3_600_000

/** The running time that all marks together have. */
async function totalOf({ read }: Database): Promise<number> {
  const [row] = await read(({ query }) =>
    query<{ readonly total: number }>('SELECT MAX(running_ms) AS total FROM age_mark'),
  )
  return row?.total ?? 0
}

test('the time for which two servers run beside each other counts once', async () => {
  const database = await targetDatabase()
  const add = (owner: string, hours: number, at: number) =>
    addRunningTime(database, { ranMs: hours * HOUR, owner, now: NOW + at * HOUR })
  await add('a', 0, 0)
  await add('b', 0, 0.5)
  for (let hour = 1; hour <= 10; hour += 1) {
    await add('a', 1, hour)
    await add('b', 1, hour + 0.5)
  }
  expect(await totalOf(database)).toBe(10 * HOUR)
})

test('the time of a server counts in full if no other one adds time, or its clock is behind', async () => {
  const database = await targetDatabase()
  const add = (owner: string, hours: number, at: number) =>
    addRunningTime(database, { ranMs: hours * HOUR, owner, now: NOW + at * HOUR })
  await add('a', 1, 0)
  await add('a', 1, 0)
  // All servers were off for a day.
  await add('b', 1, 24)
  await add('c', 1, -24)
  expect(await totalOf(database)).toBe(4 * HOUR)
})

test('two servers that add time at the same moment add it once', async () => {
  const database = await targetDatabase()
  await addRunningTime(database, { ranMs: 0, owner: 'a', now: NOW })
  const at = (owner: string) => addRunningTime(database, { ranMs: HOUR, owner, now: NOW + HOUR })
  await Promise.all([at('a'), at('b')])
  expect(await totalOf(database)).toBe(HOUR)
  expect(await database.read(queries => findOlderThan(queries, HOUR))).toEqual({ event: 0, change: 0 })
})

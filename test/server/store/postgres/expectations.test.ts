import { expect, test } from 'vitest'
import type { Expectation } from '../../../../src/server/monitors/monitors.ts'
import type { Database } from '../../../../src/server/store/postgres/database.ts'
import { setExpectations, setRulesStep } from '../../../../src/server/store/postgres/expectations.ts'
import '../../../support/needs-postgres.ts'
import { targetDatabase } from '../copy/support.ts'
import { every, NOW } from '../support.ts'

/** Two whole steps, and a part of one. */
const MONITORS = 12_000

async function withMonitors(): Promise<Database> {
  const database = await targetDatabase()
  await database.write(async ({ query, head }) => {
    await query(`INSERT INTO monitor (id, key) SELECT i, 'job-' || i FROM generate_series(1, ${MONITORS}) i`)
    head.lastMonitor = MONITORS
    head.monitors = MONITORS
  })
  return database
}

async function rulesOf({ read }: Database): Promise<unknown> {
  return read(({ query }) =>
    query(
      "SELECT rule::json #>> '{schedule,everyMs}' AS every, count(*)::int FROM monitor GROUP BY 1 ORDER BY 1",
    ),
  )
}

const all = (everyMs: number): Expectation[] => [{ monitorKey: 'job-*', rule: every(everyMs) }]

/** Returns how many steps it took. */
async function setRules(database: Database, wanted: readonly Expectation[]): Promise<number> {
  let steps = 0
  for (let after: number | undefined = 0; after !== undefined; steps += 1)
    after = (await setRulesStep(database, wanted, NOW, after)).next
  return steps
}

test('a pattern gives all monitors their rule in steps, and takes it from all', async () => {
  const database = await withMonitors()
  expect(await setRules(database, await setExpectations(database, all(60_000), NOW))).toBe(3)
  expect(await rulesOf(database)).toEqual([{ every: '60000', count: MONITORS }])
  expect(await setRules(database, await setExpectations(database, [], NOW))).toBe(3)
  expect(await rulesOf(database)).toEqual([{ every: null, count: MONITORS }])
})

test('if another server sets expectations between two steps, all monitors get those', async () => {
  const database = await withMonitors()
  const ours = await setExpectations(database, all(60_000), NOW)
  const { next } = await setRulesStep(database, ours, NOW)
  await setRules(database, await setExpectations(database, all(120_000), NOW))
  expect(await setRulesStep(database, ours, NOW, next)).toMatchObject({ healthChanged: false })
  expect(await rulesOf(database)).toEqual([{ every: '120000', count: MONITORS }])
})

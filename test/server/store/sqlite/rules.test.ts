import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createEngine } from '../../../../src/server/store/sqlite/engine.ts'
import { loadSqlite } from '../../../../src/server/store/sqlite/load-sqlite.ts'
import { packEvents } from '../../../../src/server/store/sqlite/packed-events.ts'
import { migrate } from '../../../../src/server/store/sqlite/schema.ts'
import { event, NOW } from '../support.ts'

const HOUR = 3600

const at = (seconds: number) => NOW + seconds * 1000

test('an older database keeps its expectations and its health, and nobody is notified', async () => {
  const open = await loadSqlite()
  const db = open(':memory:', 0)
  db.exec(readFileSync(new URL('version-2.sql', import.meta.url), 'utf8'))
  migrate(db)
  const engine = createEngine(db)
  // Applies what the older server had not applied.
  engine.record(packEvents([event('ok', 4 * HOUR, { monitorKey: 'marker' })]))
  const rows = engine.monitors()
  const expected = rows.flatMap(({ key, environments: [first] }) =>
    first?.rule === undefined ? [] : [{ monitorKey: key, rule: first.rule }],
  )
  expect(
    expected.map(({ monitorKey, rule }) => `${monitorKey} ${JSON.stringify(rule)}`),
  ).toMatchInlineSnapshot(`
    [
      "both {"schedule":{"kind":"every","everyMs":86400000}}",
      "never {"schedule":{"kind":"every","everyMs":86400000}}",
      "nightly {"schedule":{"kind":"every","everyMs":3600000}}",
      "report {"schedule":{"kind":"every","everyMs":3600000}}",
    ]
  `)
  const told = engine.newest().change
  expect(engine.expect(expected, at(5 * HOUR))).toEqual({ healthChanged: false })
  expect(engine.newest().change).toBe(told)
  expect(engine.monitors().map(({ key, health }) => [key, health])).toEqual(
    rows.map(({ key, health }) => [key, health]),
  )
  engine.close()
})

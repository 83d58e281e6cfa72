import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../src/server/store/sqlite/engine.ts'
import { loadSqlite } from '../../../../src/server/store/sqlite/load-sqlite.ts'
import { packEvents } from '../../../../src/server/store/sqlite/packed-events.ts'
import { migrate, SCHEMA_VERSION } from '../../../../src/server/store/sqlite/schema.ts'
import { pragmaNumber } from '../../../../src/server/store/sqlite/sqlite.ts'
import { event, every, NOW } from '../support.ts'

const at = (seconds: number) => NOW + seconds * 1000

const HOUR = 3600

/** A database that the version before the environments of monitors has written: version-2.sql. */
async function oldDatabase() {
  const open = await loadSqlite()
  const db = open(':memory:', 0)
  db.exec(readFileSync(new URL('version-2.sql', import.meta.url), 'utf8'))
  return db
}

const MIGRATIONS = ['CREATE TABLE one (a)', 'ALTER TABLE one ADD COLUMN b', 'INSERT INTO one VALUES (1, 2)']

test('each migration runs once, from the version of the database on', async () => {
  const db = await openDatabase(':memory:')
  expect(pragmaNumber(db, 'user_version')).toBe(SCHEMA_VERSION)
  db.exec('PRAGMA user_version = 0')
  expect(migrate(db, MIGRATIONS.slice(0, 2))).toEqual({ kind: 'ready' })
  expect(pragmaNumber(db, 'user_version')).toBe(2)
  expect(migrate(db, MIGRATIONS)).toEqual({ kind: 'ready' })
  expect(migrate(db, MIGRATIONS)).toEqual({ kind: 'ready' })
  expect(db.prepare('SELECT * FROM one').all()).toEqual([{ a: 1, b: 2 }])
  expect(migrate(db, MIGRATIONS.slice(0, 1))).toEqual({ kind: 'newer', version: 3 })
  db.close()
})

test('a migration that fails changes nothing', async () => {
  const db = await openDatabase(':memory:')
  db.exec('PRAGMA user_version = 0')
  expect(() => migrate(db, [MIGRATIONS[0] ?? '', 'CREATE TABLE two (a); CREATE TABLE one (a)'])).toThrow(
    'already exists',
  )
  expect(pragmaNumber(db, 'user_version')).toBe(1)
  expect(db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('one', 'two')").all()).toEqual([
    { name: 'one' },
  ])
  db.close()
})

test('an older database gives each environment of a monitor its own health, from its stored events', async () => {
  const db = await oldDatabase()
  expect(migrate(db)).toEqual({ kind: 'ready' })
  const rows = db
    .prepare<{ readonly text: string }>(`
      SELECT key || ' in ' || env || ': ' || outcome || iif(late, ' late', '') || ' ' ||
        COALESCE((since - ${NOW}) / 1000, '-') || ' ' || COALESCE((last_success_at - ${NOW}) / 1000, '-') AS text
      FROM monitor ORDER BY key, env`)
    .all()
  expect(rows.map(({ text }) => text)).toEqual([
    // It was healthy as a whole, since staging succeeded after production had failed.
    'backup in production: failing 3605 5',
    'backup in staging: healthy 7270 7270',
    'both in production: healthy 7200 7200',
    'both in staging: healthy 10 10',
    'fresh in test: unknown - -',
    'mixed in : unknown - -',
    'mixed in production: healthy 110 110',
    'never in : unknown - -',
    'nightly in production: healthy late 7200 10',
    'plain in : failing 65 5',
    // Late as a whole, so no environment had a success in time.
    'report in : healthy late 7200 10',
    'report in production: healthy late 7200 20',
    'report in staging: failing late 30 -',
  ])
  db.close()
})

test('events, runs, changes and counts of an older database go to their environments', async () => {
  const db = await oldDatabase()
  const number = (sql: string) => db.prepare<{ readonly n: number }>(`SELECT ${sql}`).get()?.n
  const counts = () => [
    number('SUM(events_run) n FROM monitor'),
    number('SUM(events_complete) n FROM monitor'),
    number('SUM(events_fail) n FROM monitor'),
    number('SUM(events_ok) n FROM monitor'),
    number('SUM(runs_complete) n FROM monitor'),
    number('SUM(runs_failed) n FROM monitor'),
    number("seq n FROM sqlite_sequence WHERE name = 'run'"),
  ]
  const before = counts()
  migrate(db)
  expect(counts()).toEqual(before)
  for (const table of ['event', 'run']) {
    expect(
      db
        .prepare(`
          SELECT t.id FROM ${table} t LEFT JOIN monitor m ON m.id = t.monitor
          LEFT JOIN event e ON e.id = ${table === 'event' ? 't.id' : 'COALESCE(t.end_event, t.start_event)'}
          WHERE m.env IS NOT COALESCE(e.env, '')`)
        .all(),
    ).toEqual([])
  }
  const engine = createEngine(db)
  expect(engine.changes({ after: 0, limit: 6 }).map(({ monitorKey, env }) => [monitorKey, env])).toEqual([
    ['backup', 'production'],
    ['backup', 'staging'],
    ['plain', ''],
    ['report', 'staging'],
    ['nightly', 'production'],
    ['report', ''],
  ])
  engine.close()
})

test('events that an older server had not applied before a crash are applied after the migration', async () => {
  const db = await oldDatabase()
  migrate(db)
  const engine = createEngine(db)
  // Any write applies them.
  engine.record(packEvents([event('ok', 4 * HOUR, { monitorKey: 'other' })]))
  const monitors = engine.monitors()
  expect(monitors.find(({ key }) => key === 'backup')).toMatchObject({
    health: 'healthy',
    environments: [{ env: 'production', lastSuccessAt: at(3 * HOUR + 9) }, { env: 'staging' }],
  })
  expect(monitors.find(({ key }) => key === 'fresh')).toMatchObject({
    health: 'healthy',
    envs: ['test'],
    recent: [{ series: 'f', state: 'complete' }],
  })
  expect(monitors.find(({ key }) => key === 'plain')).toMatchObject({ recent: [{}, { state: 'running' }] })
  engine.close()
})

test('an upgrade notifies nobody: an environment that was not judged before has a full period', async () => {
  const db = await oldDatabase()
  const day = 24 * HOUR * 1000
  const before = Date.now()
  migrate(db)
  const engine = createEngine(db)
  // Event 22, which was not applied before the crash, is a success of `backup`: change 7.
  engine.monitors()
  const expectations = ['nightly', 'report', 'both', 'never'].map(monitorKey => ({
    monitorKey,
    rule: every(monitorKey === 'both' || monitorKey === 'never' ? day : HOUR * 1000),
  }))
  expect(engine.expect(expectations, before)).toEqual({ healthChanged: false })
  // In staging, `both` succeeded before production did.
  expect(engine.judgeHealth(before + day - 1)).toMatchObject({ healthChanged: true })
  expect(engine.changes({ after: 7, limit: 10 }).map(({ monitorKey, env }) => [monitorKey, env])).toEqual([
    ['both', 'production'],
    ['never', ''],
  ])
  engine.judgeHealth(before + day + 60_000)
  expect(engine.changes({ after: 9, limit: 10 })).toMatchObject([{ monitorKey: 'both', env: 'staging' }])
  engine.close()
})

test('a database of the first version is migrated through all later ones', async () => {
  const db = await oldDatabase()
  db.exec(
    "ALTER TABLE monitor DROP COLUMN derived; DELETE FROM cursor WHERE name = 'derived'; PRAGMA user_version = 1",
  )
  expect(migrate(db)).toEqual({ kind: 'ready' })
  expect(pragmaNumber(db, 'user_version')).toBe(SCHEMA_VERSION)
  const engine = createEngine(db)
  // That version wrote the rows with each event, and did not note which one was the last.
  const unapplied =
    'SELECT e.id FROM event e JOIN monitor m ON m.id = e.monitor WHERE e.id > m.derived OR m.derived = 0'
  expect(db.prepare(unapplied).all()).toEqual([])
  expect(engine.runsUpTo()).toBe(24)
  expect(engine.monitors().map(({ key, health }) => [key, health])).toContainEqual(['plain', 'failing'])
  engine.close()
})

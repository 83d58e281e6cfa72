import { expect, test } from 'vitest'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { migrate, SCHEMA_VERSION } from '../../../../src/server/store/sqlite/schema.ts'
import { pragmaNumber } from '../../../../src/server/store/sqlite/sqlite.ts'

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

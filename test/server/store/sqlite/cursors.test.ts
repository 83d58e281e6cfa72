import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createCursors } from '../../../../src/server/store/sqlite/cursors.ts'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { pragmaNumber } from '../../../../src/server/store/sqlite/sqlite.ts'
import { tempDir } from '../../../support/temp.ts'

const FULL = 2

async function database(file = ':memory:') {
  const db = await openDatabase(file)
  onTestFinished(() => db.close())
  return db
}

test('a cursor that is written lazily is read at once, and the next write is synced', async () => {
  const db = await database()
  const cursors = createCursors(db)
  cursors.writeLazily('alive', 5)
  cursors.writeLazily('alive', 7)
  expect(cursors.read('alive')).toBe(7)
  expect(pragmaNumber(db, 'synchronous')).toBe(FULL)
})

test('a lazy write does not wait for another program, which holds the lock', async () => {
  const file = join(tempDir('store'), 'cronitor.db')
  const db = await database(file)
  const other = await database(file)
  const cursors = createCursors(db)
  other.exec('BEGIN IMMEDIATE')
  expect(() => cursors.writeLazily('alive', 5)).toThrow(/locked|busy/i)
  expect(pragmaNumber(db, 'synchronous')).toBe(FULL)
  expect(pragmaNumber(db, 'busy_timeout')).toBe(5000)
  other.exec('ROLLBACK')
  cursors.writeLazily('alive', 6)
  expect(cursors.read('alive')).toBe(6)
})

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { loadSqlite } from '../../../../src/server/store/sqlite/load-sqlite.ts'
import { openEngine } from '../../../../src/server/store/sqlite/open-engine.ts'
import { packEvents } from '../../../../src/server/store/sqlite/packed-events.ts'
import { SCHEMA_VERSION } from '../../../../src/server/store/sqlite/schema.ts'
import { StoreError } from '../../../../src/server/store/sqlite/store-error.ts'
import { tempDir } from '../../../support/temp.ts'
import { event } from '../support.ts'

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('the folder is created, and only its owner can read the files', async () => {
  const dataDir = join(tempDir('store'), 'a', 'b')
  const engine = await openEngine(dataDir)
  engine.record(packEvents([event('ok', 0)]))
  expect(mode(dataDir)).toBe('700')
  for (const name of ['cronitor.db', 'cronitor.db-wal', 'cronitor.db-shm', 'cronitor.lock']) {
    expect(mode(join(dataDir, name)), name).toBe('600')
  }
  engine.close()
})

test('events, runs, changes, cursors and expectations are kept across a restart', async () => {
  const dataDir = tempDir('store')
  const first = await openEngine(dataDir)
  first.record(packEvents([event('run', 0, { series: 'a' }), event('fail', 1, { series: 'a' })]))
  first.setCursor('mail', 7)
  first.expect([{ monitorKey: 'backup', everyMs: 1000 }], 5)
  const seen = () => ({
    events: first.events({ after: 0, limit: 10 }),
    runs: first.runs({ limit: 10 }),
    changes: first.changes({ after: 0, limit: 10 }),
    monitors: first.monitors(),
    totals: first.totals(),
  })
  const before = seen()
  first.close()
  const second = await openEngine(dataDir)
  expect({
    events: second.events({ after: 0, limit: 10 }),
    runs: second.runs({ limit: 10 }),
    changes: second.changes({ after: 0, limit: 10 }),
    monitors: second.monitors(),
    totals: second.totals(),
  }).toEqual(before)
  expect(second.cursor('mail')).toBe(7)
  expect(second.cursor('other')).toBe(0)
  second.close()
})

test('a second server is refused while the first one runs, and accepted after it', async () => {
  const dataDir = tempDir('store')
  const first = await openEngine(dataDir)
  await expect(openEngine(dataDir)).rejects.toThrow(
    new StoreError(
      `another server (process ${process.pid}) uses ${dataDir}: stop it first, or give this one another --data-dir`,
    ),
  )
  expect(first.record(packEvents([event('ok', 0)])).ids).toHaveLength(1)
  first.close()
  const second = await openEngine(dataDir)
  expect(second.newest().event).toBe(1)
  second.close()
})

test('a database of a newer version is refused, and not changed', async () => {
  const dataDir = tempDir('store')
  const file = join(dataDir, 'cronitor.db')
  const db = await openDatabase(file)
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
  db.close()
  const before = readFileSync(file)
  await expect(openEngine(dataDir)).rejects.toThrow(
    new StoreError(
      `${file} has version ${SCHEMA_VERSION + 1}, and this program supports versions up to ${SCHEMA_VERSION}: use a newer cronitor, or another --data-dir`,
    ),
  )
  expect(readFileSync(file).equals(before)).toBe(true)
})

test.each([
  ['not a database', (_: Buffer) => Buffer.alloc(5000, 'x')],
  ['cut short', (whole: Buffer) => whole.subarray(0, 9000)],
  ['overwritten in the middle', (whole: Buffer) => Buffer.from(whole).fill(0xff, 4096, 60_000)],
])('a damaged database is refused, and not changed: %s', async (_, damage) => {
  const dataDir = tempDir('store')
  const file = join(dataDir, 'cronitor.db')
  const engine = await openEngine(dataDir)
  engine.record(
    packEvents(Array.from({ length: 500 }, (_, at) => event('complete', at, { message: 'x'.repeat(100) }))),
  )
  engine.close()
  const damaged = damage(readFileSync(file))
  writeFileSync(file, damaged)
  await expect(openEngine(dataDir)).rejects.toThrow(`${file} is damaged`)
  expect(readFileSync(file).equals(damaged)).toBe(true)
  // The first attempt has released the lock.
  await expect(openEngine(dataDir)).rejects.toThrow(`${file} is damaged`)
})

test('a folder that cannot be created is an error', async () => {
  const file = join(tempDir('store'), 'file')
  writeFileSync(file, '')
  await expect(openEngine(join(file, 'data'))).rejects.toThrow(`cannot make the folder ${file}/data: ENOTDIR`)
  await expect(openEngine(file)).rejects.toThrow(`cannot make the folder ${file}: EEXIST`)
})

test('a missing libsql is an error that names it', async () => {
  const missing = () => Promise.reject(new Error("Cannot find module '@libsql/linux-x64-gnu'"))
  await expect(loadSqlite(missing)).rejects.toThrow(/^the package libsql, .* is not installed for \w+ \w+: /)
})

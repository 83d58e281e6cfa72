import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { loadSqlite } from '../../../../src/server/store/sqlite/load-sqlite.ts'
import { openEngine } from '../../../../src/server/store/sqlite/open-engine.ts'
import { packEvents } from '../../../../src/server/store/sqlite/packed-events.ts'
import { SCHEMA_VERSION } from '../../../../src/server/store/sqlite/schema.ts'
import { StoreError } from '../../../../src/server/store/store-error.ts'
import { tempDir } from '../../../support/temp.ts'
import { event, every } from '../support.ts'

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
  first.expect([{ monitorKey: 'backup', rule: every(1000) }], 5)
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

describe('a lock whose file', () => {
  const lockOf = (dataDir: string) => join(dataDir, 'cronitor.lock')

  test.each([
    ['is random bytes', () => Buffer.from(Array.from({ length: 9000 }, (_, index) => (index * 7919) % 251))],
    ['is text', () => Buffer.from('12345\n')],
    ['is cut within its first page', (lock: Buffer) => lock.subarray(0, 700)],
    ['is cut after its first page', (lock: Buffer) => lock.subarray(0, 4096)],
    ['is overwritten at its end', (lock: Buffer) => Buffer.from(lock).fill(0xff, 4096)],
    ['has a newer format', (lock: Buffer) => Buffer.from(lock).fill(9, 18, 20)],
    ['is empty', () => Buffer.alloc(0)],
  ])('%s is used, and holds against a second server', async (_, damage) => {
    const dataDir = tempDir('store')
    const used = tempDir('used')
    ;(await openEngine(used)).close()
    writeFileSync(lockOf(dataDir), damage(readFileSync(lockOf(used))))
    const first = await openEngine(dataDir)
    expect(first.record(packEvents([event('ok', 0)])).ids).toEqual([1])
    await expect(openEngine(dataDir)).rejects.toThrow(
      `another server (process ${process.pid}) uses ${dataDir}: stop it first`,
    )
    first.close()
  })

  test.each([
    ['a directory', (path: string) => mkdirSync(path)],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['a symbolic link', (path: string) => symlinkSync('elsewhere', path)],
  ])('is %s is an error that says so', async (kind, make) => {
    const dataDir = tempDir('store')
    make(lockOf(dataDir))
    await expect(openEngine(dataDir)).rejects.toThrow(
      new StoreError(
        `${lockOf(dataDir)} is ${kind}, not a file of cronitor serve: make sure that no server uses the folder, then move it away`,
      ),
    )
  })
})

test.each([
  ['cronitor.db', 'a directory', (path: string) => mkdirSync(path)],
  ['cronitor.db', 'a FIFO', (path: string) => execFileSync('mkfifo', [path])],
  ['cronitor.db-wal', 'a directory', (path: string) => mkdirSync(path)],
  ['cronitor.db-wal', 'a symbolic link', (path: string) => symlinkSync('elsewhere', path)],
  ['cronitor.db-shm', 'a FIFO', (path: string) => execFileSync('mkfifo', [path])],
])('%s as %s is an error that says so', async (name, kind, make) => {
  const dataDir = tempDir('store')
  const path = join(dataDir, name)
  make(path)
  await expect(openEngine(dataDir)).rejects.toThrow(`${path} is ${kind}, not a file of cronitor serve`)
})

test.each(['cronitor.db-wal', 'cronitor.db-shm'])(
  'garbage in %s does no harm to the database',
  async name => {
    const dataDir = tempDir('store')
    const first = await openEngine(dataDir)
    first.record(packEvents([event('ok', 0)]))
    first.close()
    writeFileSync(join(dataDir, name), 'x'.repeat(40_000))
    const second = await openEngine(dataDir)
    expect(second.record(packEvents([event('ok', 1)])).ids).toEqual([2])
    second.close()
  },
)

test('an empty database with a log is refused, since the log has the only copy of its events', async () => {
  const dataDir = tempDir('store')
  const file = join(dataDir, 'cronitor.db')
  writeFileSync(file, '')
  writeFileSync(`${file}-wal`, 'x'.repeat(5000))
  await expect(openEngine(dataDir)).rejects.toThrow(`${file} is empty, but its log ${file}-wal is not`)
  expect(statSync(`${file}-wal`).size).toBe(5000)
  rmSync(`${file}-wal`)
  const engine = await openEngine(dataDir)
  expect(engine.newest().event).toBe(0)
  engine.close()
})

test('a folder that cannot be created is an error', async () => {
  const file = join(tempDir('store'), 'file')
  writeFileSync(file, '')
  await expect(openEngine(join(file, 'data'))).rejects.toThrow(`cannot make the folder ${file}/data: ENOTDIR`)
  await expect(openEngine(file)).rejects.toThrow(`cannot make the folder ${file}: EEXIST`)
})

test.skipIf(process.versions.bun)(
  'a missing libsql, which Bun does not need, is an error that names it',
  async () => {
    const missing = () => Promise.reject(new Error("Cannot find module '@libsql/linux-x64-gnu'"))
    await expect(loadSqlite(missing)).rejects.toThrow(
      /^the package libsql, .* is not installed for \w+ \w+: /,
    )
  },
)

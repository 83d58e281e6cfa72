import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyStore } from '../../../../src/server/store/copy/copy-store.ts'
import type { CopySource } from '../../../../src/server/store/copy/open-source.ts'
import type { Database } from '../../../../src/server/store/postgres/database.ts'
import { setExpectations } from '../../../../src/server/store/postgres/expectations.ts'
import { readEvents } from '../../../../src/server/store/postgres/read-events.ts'
import { migratePostgres } from '../../../../src/server/store/postgres/schema.ts'
import { lockFolder } from '../../../../src/server/store/sqlite/folder-lock.ts'
import { loadSqlite } from '../../../../src/server/store/sqlite/load-sqlite.ts'
import type { Store } from '../../../../src/server/store/store.ts'
import '../../../support/needs-postgres.ts'
import { tempDir } from '../../../support/temp.ts'
import { event, every, NOW } from '../support.ts'
import { changeStore, dataFolder, sourceOf, targetDatabase } from './support.ts'

/** Twelve events of six runs, and a change of health. */
async function fill(store: Store): Promise<void> {
  await store.expect([{ monitorKey: 'job', rule: every(1000) }])
  await store.judgeHealth(NOW + 10_000)
  for (let run = 0; run < 6; run += 1) {
    await store.record(event('run', 20 + run, { series: `s${run}` }))
    await store.record(event('complete', 20.5 + run, { series: `s${run}`, message: 'fine' }))
  }
  await store.addRunningTime(1000)
  await store.setCursor('reader', 5)
}

/** Ends as a process does that is killed, after so many pages. */
function killedAfter(pages: number): () => void {
  let left = pages
  return () => {
    left -= 1
    if (left < 0) throw new Error('killed')
  }
}

const seriesIn = async ({ read }: Database) =>
  (await read(queries => readEvents(queries, { after: 0, limit: 1000 }))).map(({ series }) => series)

const copyAll = (source: CopySource, target: Database) => copyStore({ source, target, onProgress: () => {} })

test.each([
  ['the first page of monitors', 0],
  ['the page of runs', 1],
  ['the first page of events', 2],
  ['the last page of events', 3],
  ['the last page', 4],
  ['verifying a page', 6],
])(
  'a copy that is killed after %s continues there, and no server starts before its end',
  async (_, pages) => {
    const source = await sourceOf(await dataFolder(fill))
    const target = await targetDatabase()
    const killed = copyStore({ source, target, onProgress: killedAfter(pages), pageRows: 8 })
    await expect(killed).rejects.toThrow('killed')
    const refused = await target.read(queries => migratePostgres(queries))
    expect(refused).toEqual({ kind: 'refused', problem: expect.stringContaining('--migrate-from') })
    const copied: string[] = []
    const outcome = await copyStore({
      source,
      target,
      pageRows: 8,
      onProgress: ({ step, table, share }) => {
        if (step === 'copied') copied.push(`${table} ${share.toFixed(1)}`)
      },
    })
    expect(outcome).toEqual({
      kind: 'copied',
      rows: new Map(Object.entries({ monitor: 1, run: 6, event: 12, change: 2 })),
    })
    expect(copied).toEqual(
      ['monitor 1.0', 'run 1.0', 'event 0.7', 'event 1.0', 'change 1.0'].slice(pages + 1),
    )
    expect(await seriesIn(target)).toEqual(['s0', 's1', 's2', 's3', 's4', 's5'].flatMap(each => [each, each]))
    expect(await target.read(queries => migratePostgres(queries))).toEqual({ kind: 'ready' })
  },
)

test('a store that was copied to its end is not copied again', async () => {
  const source = await sourceOf(await dataFolder(fill))
  const target = await targetDatabase()
  await copyAll(source, target)
  expect(await copyAll(source, target)).toEqual({ kind: 'was-copied' })
})

test('an empty store is copied, with its expectations and cursors', async () => {
  const folder = await dataFolder(async store => {
    await store.expect([{ monitorKey: 'night-*', rule: every(1000) }])
    await store.setCursor('reader', 0)
  })
  const target = await targetDatabase()
  expect(await copyAll(await sourceOf(folder), target)).toMatchObject({ kind: 'copied' })
  const found = await target.read(({ query }) => query('SELECT monitor_key FROM expectation'))
  expect(found).toEqual([{ monitor_key: 'night-*' }])
})

test('the ids of later events follow those that were copied', async () => {
  const target = await targetDatabase()
  await copyAll(await sourceOf(await dataFolder(fill)), target)
  const head = await target.write(async transaction => ({ ...transaction.head }))
  expect(head).toEqual({ lastEvent: 12, lastChange: 2, lastRun: 6, lastMonitor: 1, monitors: 1 })
})

test.each([
  ['a lost row', 'DELETE FROM event WHERE id = 7', 'event'],
  ['a changed row', "UPDATE event SET message = 'other' WHERE id = 7", 'event'],
  ['a row too many', 'INSERT INTO run (id, monitor, at) VALUES (1000, 1, 1)', 'run'],
  ['a changed health', "UPDATE monitor SET outcome = 'failing'", 'monitor'],
])('a target with %s is found out at the end', async (_, damage, table) => {
  const source = await sourceOf(await dataFolder(fill))
  const target = await targetDatabase()
  let damaged: Promise<unknown> | undefined
  const copied = copyStore({
    source,
    pageRows: 4,
    target: {
      ...target,
      read: async work => {
        await damaged
        return target.read(work)
      },
    },
    onProgress: ({ step, table: name }) => {
      if (step === 'copied' && name === 'change') damaged ??= target.read(({ query }) => query(damage))
    },
  })
  await expect(copied).rejects.toThrow(`the table ${table} in the database differs from the store's`)
  const state = await target.read(queries => migratePostgres(queries))
  expect(state.kind).toBe('refused')
})

test('a target with other events, with a part of another store or with a server is refused', async () => {
  const source = await sourceOf(await dataFolder(fill))
  const other = await sourceOf(await dataFolder(store => store.record(event('ok', 0))))
  const copied = await targetDatabase()
  await copyAll(other, copied)
  await expect(copyAll(source, copied)).rejects.toThrow('the database has other events already')
  const expecting = await targetDatabase()
  await setExpectations(expecting, [{ monitorKey: 'other', rule: every(1000) }], NOW)
  await expect(copyAll(source, expecting)).rejects.toThrow('the database has other events already')
  const partial = await targetDatabase()
  await copyStore({ source: other, target: partial, onProgress: killedAfter(0) }).catch(() => {})
  await expect(copyAll(source, partial)).rejects.toThrow('the database has a part of another store')
  const served = await targetDatabase()
  await served.read(({ query }) =>
    query("INSERT INTO duty (name, owner, until) VALUES ('judge', 'other', now() + interval '1 minute')"),
  )
  await expect(copyAll(source, served)).rejects.toThrow('a server uses the database: stop it first')
})

test('a store that has changed since a copy was interrupted is refused', async () => {
  const folder = await dataFolder(fill)
  const target = await targetDatabase()
  const source = await sourceOf(folder)
  await copyStore({ source, target, onProgress: killedAfter(0) }).catch(() => {})
  source.close()
  await changeStore(folder, store => store.record(event('ok', 100)))
  await expect(copyAll(await sourceOf(folder), target)).rejects.toThrow('an earlier state of this one')
})

test('the database of the source stays as it is', async () => {
  const folder = await dataFolder(fill)
  const sum = () =>
    createHash('sha256')
      .update(readFileSync(join(folder, 'cronitor.db')))
      .digest('hex')
  const before = sum()
  const source = await sourceOf(folder)
  await copyAll(source, await targetDatabase())
  source.close()
  expect(sum()).toBe(before)
})

test('a source that a server uses, that is missing, damaged or was not closed is refused', async () => {
  const used = await dataFolder(fill)
  const lock = lockFolder(await loadSqlite(), used)
  await expect(sourceOf(used)).rejects.toThrow(/another server \(process \d+\) uses/)
  lock.release()
  const missing = tempDir('missing')
  await expect(sourceOf(missing)).rejects.toThrow(`${missing}/cronitor.db does not exist`)
  const damaged = await dataFolder(fill)
  writeFileSync(join(damaged, 'cronitor.db'), 'damaged '.repeat(1000))
  await expect(sourceOf(damaged)).rejects.toThrow('is damaged')
  const unclosed = await dataFolder(fill)
  writeFileSync(join(unclosed, 'cronitor.db-wal'), 'log')
  await expect(sourceOf(unclosed)).rejects.toThrow('was not closed by its server')
})

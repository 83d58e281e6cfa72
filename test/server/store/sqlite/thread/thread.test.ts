import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../../../../src/server/store/open-store.ts'
import { openDatabase } from '../../../../../src/server/store/sqlite/database.ts'
import { createEngine, type Engine } from '../../../../../src/server/store/sqlite/engine.ts'
import { createEngineStore } from '../../../../../src/server/store/sqlite/engine-store.ts'
import { pragmaNumber } from '../../../../../src/server/store/sqlite/sqlite.ts'
import { answerCalls } from '../../../../../src/server/store/sqlite/thread/answer-calls.ts'
import { connectCalls } from '../../../../../src/server/store/sqlite/thread/remote-calls.ts'
import { StoreError } from '../../../../../src/server/store/store-error.ts'
import { tempDir } from '../../../../support/temp.ts'
import { until } from '../../../../support/until.ts'
import { event, every, NOW } from '../../support.ts'

async function overChannel() {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const db = await openDatabase(':memory:')
  answerCalls(createEngine(db), port2)
  const remote = connectCalls<Engine>(port1)
  const engine = await remote.calls
  return { db, engine, fail: remote.fail, store: createEngineStore(engine, () => NOW) }
}

test('every call over a channel has the same result as without', async () => {
  const { db, store } = await overChannel()
  await store.expect([{ monitorKey: 'backup', rule: every(1000) }])
  expect(await store.record(event('fail', 0, { series: 'a' }))).toMatchObject({
    kind: 'stored',
    event: { id: 1 },
  })
  expect(await store.record(event('fail', 0, { series: 'a' }))).toEqual({ kind: 'repeated' })
  await store.setCursor('mail', 3)
  expect(await store.judgeHealth(NOW + 2000)).toBeUndefined()
  const direct = createEngine(db)
  expect(await store.events({ after: 0, limit: 10 })).toEqual(direct.events({ after: 0, limit: 10 }))
  expect(await store.monitors({ recent: 5 })).toEqual(direct.monitors({ recent: 5 }))
  expect(await store.runs({ limit: 10 })).toEqual(direct.runs({ limit: 10 }))
  expect(await store.changes({ after: 0, limit: 10 })).toEqual(direct.changes({ after: 0, limit: 10 }))
  expect(await store.totals()).toEqual(direct.totals())
  expect(await store.newest()).toEqual({ event: 1, change: 2 })
  expect(await store.cursor('mail')).toBe(3)
  await store.addRunningTime(1000)
  expect(await store.prune(0)).toBe(1)
  await store.close()
})

test('an error of the database rejects only its call, with its code', async () => {
  const { db, store } = await overChannel()
  const most = pragmaNumber(db, 'max_page_count')
  pragmaNumber(db, `max_page_count = ${pragmaNumber(db, 'page_count')}`)
  const large = event('ok', 0, { message: 'x'.repeat(20_000) })
  await expect(store.record(large)).rejects.toMatchObject({
    code: 'SQLITE_FULL',
    message: expect.any(String),
  })
  pragmaNumber(db, `max_page_count = ${most}`)
  await expect(store.record(large)).resolves.toMatchObject({ kind: 'stored' })
})

test('after a failure of the thread all calls are rejected, pending ones and later ones', async () => {
  const { engine, fail } = await overChannel()
  const pending = engine.newest()
  fail(new Error('it has ended'))
  await expect(pending).rejects.toThrow('it has ended')
  await expect(engine.newest()).rejects.toThrow('it has ended')
})

function worker(code: string): string {
  const file = join(tempDir('worker'), 'worker.mjs')
  writeFileSync(file, `import { parentPort } from 'node:worker_threads'\n${code}\n`)
  return file
}

test('an unexpected end of the thread is reported once, calls are rejected, and close() works', async () => {
  const reported: string[] = []
  const store = await openStore({
    dataDir: tempDir('store'),
    worker: worker(`
      parentPort.postMessage({ kind: 'ready', calls: ['record', 'newest', 'flushDue', 'close', 'isReadOnly'] })
      parentPort.on('message', ({ id, name }) => {
        if (name !== 'isReadOnly') process.exit(3)
        parentPort.postMessage({ kind: 'done', id, value: false })
      })`),
    onBroken: ({ message }) => reported.push(message),
  })
  await expect(store.record(event('ok', 0))).rejects.toThrow('the thread of the database has ended (3)')
  await until('it is reported', () => reported.length > 0)
  expect(reported).toEqual(['the thread of the database has ended (3)'])
  await store.close()
})

test('a database that cannot be opened is a StoreError with the reason, and is not reported again', async () => {
  const reported: Error[] = []
  const options = { dataDir: tempDir('store'), onBroken: (error: Error) => reported.push(error) }
  await expect(
    openStore({
      ...options,
      worker: worker("parentPort.postMessage({ kind: 'refused', message: 'it is damaged' })"),
    }),
  ).rejects.toThrow(new StoreError('it is damaged'))
  await expect(
    openStore({ ...options, worker: worker("throw new Error('no such package')") }),
  ).rejects.toThrow('no such package')
  expect(reported).toEqual([])
})

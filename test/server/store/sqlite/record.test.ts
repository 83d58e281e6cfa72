import { expect, test } from 'vitest'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../src/server/store/sqlite/engine.ts'
import { createEngineStore } from '../../../../src/server/store/sqlite/engine-store.ts'
import { unpackEvents } from '../../../../src/server/store/sqlite/packed-events.ts'
import { pragmaNumber } from '../../../../src/server/store/sqlite/sqlite.ts'
import type { AsyncEngine } from '../../../../src/server/store/sqlite/thread/async-engine.ts'
import { createSameThreadEngine } from '../../../../src/server/store/sqlite/thread/same-thread-engine.ts'
import type { News } from '../../../../src/server/store/store.ts'
import { event, NOW } from '../support.ts'

const kinds = (answers: readonly { readonly kind: string }[]) => answers.map(({ kind }) => kind)

/** A store in memory that notes the number of events in each commit. */
async function storeWithNotedGroups() {
  const db = await openDatabase(':memory:')
  const groups: number[] = []
  const engine = createSameThreadEngine(createEngine(db))
  const record: AsyncEngine['record'] = group => {
    groups.push(unpackEvents(group).length)
    return engine.record(group)
  }
  return { db, groups, store: createEngineStore({ ...engine, record }, () => NOW) }
}

test('events that arrive during a commit are committed together', async () => {
  const { groups, store } = await storeWithNotedGroups()
  const news: News[] = []
  const stop = store.onStored(each => news.push(each))
  const first = store.record(event('ok', 0))
  await new Promise(resolve => setImmediate(resolve))
  const others = Promise.all(Array.from({ length: 2500 }, (_, index) => store.record(event('ok', index))))
  await first
  await others
  expect(groups).toEqual([1, ...Array(10).fill(250)])
  expect(news.map(({ events }) => events.length)).toEqual(groups)
  expect(news.flatMap(({ events }) => events.map(({ id }) => id))).toEqual(
    Array.from({ length: 2501 }, (_, index) => index + 1),
  )
  stop()
  await store.record(event('ok', 0))
  expect(news).toHaveLength(groups.length - 1)
  await store.close()
})

test('on a full disk a whole group is rejected and not stored; events are accepted again once there is space', async () => {
  const { db, store } = await storeWithNotedGroups()
  await store.record(event('complete', 0))
  const before = { monitors: await store.monitors(), totals: await store.totals() }
  const most = pragmaNumber(db, 'max_page_count')
  pragmaNumber(db, `max_page_count = ${pragmaNumber(db, 'page_count') + 3}`)
  const message = 'x'.repeat(2000)
  const group = () =>
    Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        store.record(
          event(index % 2 === 0 ? 'fail' : 'complete', index, { message, monitorKey: `job-${index % 5}` }),
        ),
      ),
    )
  for (const result of await group()) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SQLITE_FULL' } })
  }
  expect(await store.events({ after: 0, limit: 1000 })).toHaveLength(1)
  expect({ monitors: await store.monitors(), totals: await store.totals() }).toEqual(before)
  pragmaNumber(db, `max_page_count = ${most}`)
  for (const result of await group()) expect(result).toMatchObject({ status: 'fulfilled' })
  expect(await store.events({ after: 0, limit: 1000 })).toHaveLength(51)
  expect(await store.monitors()).toHaveLength(6)
  await store.close()
})

test('after an event that could not be stored, the store is well again only if an event of that size could be', async () => {
  const db = await openDatabase(':memory:')
  const store = createEngineStore(createSameThreadEngine(createEngine(db)), () => NOW)
  const large = event('fail', 0, { message: 'x'.repeat(100_000) })
  const problems: (string | undefined)[] = []
  store.onWriteProblem(problem => problems.push(problem))
  await store.check()
  const most = pragmaNumber(db, 'max_page_count')
  const limitPages = (room: number) =>
    pragmaNumber(db, `max_page_count = ${pragmaNumber(db, 'page_count') + room}`)

  // A free page takes a small write, but not an event.
  limitPages(1)
  db.exec('PRAGMA incremental_vacuum')
  limitPages(1)
  await expect(store.record(large)).rejects.toThrow('full')
  await store.setCursor('small', 1)
  await expect(store.check()).rejects.toThrow('full')
  expect(problems).toEqual(['database or disk is full'])

  pragmaNumber(db, `max_page_count = ${most}`)
  await store.check()
  expect(problems).toEqual(['database or disk is full', undefined])
  expect(await store.record(large)).toMatchObject({ kind: 'stored' })
  // The probe has left nothing.
  expect(db.prepare("SELECT name FROM cursor WHERE name LIKE 'probe%'").all()).toEqual([])
  await store.close()
})

test('a stored event makes the store well again, a repeated one does not', async () => {
  const db = await openDatabase(':memory:')
  const store = createEngineStore(createSameThreadEngine(createEngine(db)), () => NOW)
  await store.record(event('run', 0, { series: 'a' }))
  const most = pragmaNumber(db, 'max_page_count')
  const problems: (string | undefined)[] = []
  store.onWriteProblem(problem => problems.push(problem))
  pragmaNumber(db, `max_page_count = ${pragmaNumber(db, 'page_count')}`)
  await expect(store.record(event('fail', 1, { message: 'x'.repeat(100_000) }))).rejects.toThrow('full')
  expect(await store.record(event('run', 0, { series: 'a' }))).toEqual({ kind: 'repeated' })
  await expect(store.check()).rejects.toThrow('full')
  pragmaNumber(db, `max_page_count = ${most}`)
  await store.record(event('ok', 2))
  expect(problems).toEqual(['database or disk is full', undefined])
  await store.close()
})

test('close() commits the recorded events, and later ones are rejected', async () => {
  const { groups, store } = await storeWithNotedGroups()
  const recorded = [store.record(event('ok', 0)), store.record(event('ok', 1))]
  const closed = store.close()
  await expect(store.record(event('ok', 2))).rejects.toThrow('the store is closed')
  await closed
  expect(kinds(await Promise.all(recorded))).toEqual(['stored', 'stored'])
  expect(groups).toEqual([2])
  await store.close()
})

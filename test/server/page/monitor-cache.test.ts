import { expect, test, vi } from 'vitest'
import { createMonitorCache } from '../../../src/server/page/monitor-cache.ts'
import type { News, Store } from '../../../src/server/store/store.ts'
import { createTurns } from '../../../src/system/turns.ts'
import { event, every, NOW, recordAll, testStore } from '../store/support.ts'

/** Counts what is asked of the store. */
function counted(store: Store) {
  const monitors = vi.fn(store.monitors)
  return { store: { ...store, monitors }, monitors }
}

test('a snapshot has everything that was recorded before the read', async () => {
  const store = await testStore()
  await store.record(event('run', 0, { monitorKey: 'a', series: '1', env: 'prod' }))
  const cache = createMonitorCache({ store, inTurn: createTurns(), clock: () => NOW })
  const first = await cache.read()
  expect(first.entries.map(({ monitor }) => [monitor.key, monitor.state])).toEqual([['a', 'running']])
  expect(first.envs).toEqual(['prod'])
  await store.record(event('fail', 1, { monitorKey: 'b', series: '1', env: 'beta' }))
  const second = await cache.read()
  expect(second.entries.map(({ monitor }) => [monitor.key, monitor.state])).toEqual([
    ['a', 'running'],
    ['b', 'failing'],
  ])
  expect(second.envs).toEqual(['beta', 'prod'])
  expect(second.entries.map(({ revision }) => revision)).toEqual([1, 2])
})

test('only monitors with news are read from the store', async () => {
  const { store, monitors } = counted(await testStore())
  await recordAll(store, [event('ok', 0, { monitorKey: 'a' }), event('ok', 0, { monitorKey: 'b' })])
  const cache = createMonitorCache({ store, inTurn: createTurns(), clock: () => NOW })
  expect(cache.isBehind()).toBe(true)
  await cache.read()
  await cache.read()
  expect(cache.isBehind()).toBe(false)
  expect(monitors.mock.calls).toEqual([[{ recent: 0, limit: 250 }]])
  await store.record(event('ok', 1, { monitorKey: 'b' }))
  expect(cache.isBehind()).toBe(true)
  await cache.read()
  expect(monitors.mock.calls.slice(1)).toEqual([[{ keys: ['b'], recent: 0 }]])
})

test('listeners are called once until the news was read, however much there is', async () => {
  const store = await testStore()
  const cache = createMonitorCache({ store, inTurn: createTurns(), clock: () => NOW })
  await cache.read()
  const told = vi.fn()
  cache.onNews(told)
  await recordAll(store, [event('ok', 1), event('ok', 2), event('ok', 3)])
  expect(told).toHaveBeenCalledTimes(1)
  await cache.read()
  await store.record(event('ok', 4))
  expect(told).toHaveBeenCalledTimes(2)
})

test('changes of health are kept in the snapshot; the first snapshot has none', async () => {
  const store = await testStore()
  await store.record(event('fail', 0, { monitorKey: 'old', series: '1' }))
  const cache = createMonitorCache({ store, inTurn: createTurns(), clock: () => NOW })
  expect((await cache.read()).health).toEqual([])
  await recordAll(store, [
    event('ok', 1, { monitorKey: 'old' }),
    event('run', 1, { monitorKey: 'new', series: '1' }),
  ])
  expect((await cache.read()).health).toEqual([{ revision: 2, key: 'old', env: '', to: 'healthy' }])
  await store.record(event('fail', 2, { monitorKey: 'new', series: '1' }))
  expect((await cache.read()).health.at(-1)).toEqual({ revision: 3, key: 'new', env: '', to: 'failing' })
})

test('a monitor that has become late without an event is found', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(60_000) }])
  const cache = createMonitorCache({ store, inTurn: createTurns(), clock: () => NOW })
  expect((await cache.read()).entries[0]?.monitor.state).toBe('quiet')
  await store.judgeHealth(NOW + 61_000)
  expect((await cache.read()).entries[0]?.monitor.state).toBe('late')
})

test('messages are not cached; the last thirty runs of a row are read once for each change', async () => {
  const { store, monitors } = counted(await testStore())
  for (let run = 0; run < 40; run += 1) {
    await store.record(event('complete', run, { series: `s${run}`, message: 'x'.repeat(1000) }))
  }
  const cache = createMonitorCache({ store, inTurn: createTurns(), clock: () => NOW })
  const [entry] = (await cache.read()).entries
  if (entry === undefined) throw new Error('there is no entry')
  const [detail] = await cache.details([entry])
  expect(detail?.recent).toHaveLength(30)
  expect(JSON.stringify([entry, detail])).not.toContain('xxx')
  const before = monitors.mock.calls.length
  await cache.details([entry])
  expect(monitors.mock.calls.length).toBe(before)
})

test('a failed read rejects, and the next one includes what it missed', async () => {
  const { store, monitors } = counted(await testStore())
  const cache = createMonitorCache({ store, inTurn: createTurns(), clock: () => NOW })
  await cache.read()
  await store.record(event('ok', 1))
  monitors.mockRejectedValueOnce(new Error('disk I/O error'))
  await expect(cache.read()).rejects.toThrow('disk I/O error')
  expect((await cache.read()).entries).toHaveLength(1)
})

test('a monitor with an event that another server has stored is read', async () => {
  const { store, monitors } = counted(await testStore())
  let tell = (_news: News) => {}
  const onStored = (listener: (news: News) => void) => {
    tell = listener
    return store.onStored(listener)
  }
  const cache = createMonitorCache({ store: { ...store, onStored }, inTurn: createTurns(), clock: () => NOW })
  await cache.read()
  tell({ events: [], fromOthers: [{ id: 1, monitorKey: 'far' }], healthChanged: false })
  expect(cache.isBehind()).toBe(true)
  await cache.read()
  expect(monitors.mock.calls.slice(1)).toEqual([[{ keys: ['far'], recent: 0 }]])
})

import { expect, test } from 'vitest'
import { event, every, NOW, recordAll, testStore } from './support.ts'

const at = (seconds: number) => NOW + seconds * 1000

test('old events and ended runs are removed, and ids continue', async () => {
  const store = await testStore()
  await recordAll(store, [event('run', 0, { series: 'a' }), event('complete', 1, { series: 'a' })])
  await store.addRunningTime(0)
  await recordAll(store, [event('fail', 10, { series: 'b' }), event('run', 11, { series: 'c' })])
  expect(await store.prune(0)).toBe(2)
  expect((await store.events({ after: 0, limit: 10 })).map(({ id }) => id)).toEqual([3, 4])
  expect((await store.runs({ limit: 10 })).map(({ series }) => series)).toEqual(['c', 'b'])
  await store.addRunningTime(0)
  expect(await store.prune(0)).toBe(2)
  expect(await store.newest()).toEqual({ event: 4, change: 1 })
  const again = await store.record(event('complete', 1001))
  expect(again).toMatchObject({ kind: 'stored', event: { id: 5 } })
  expect((await store.runs({ limit: 10 })).map(({ id }) => id)).toEqual([4, 3])
})

test('the newest run is kept while it is running, whatever its age; older runs that never ended are removed', async () => {
  const store = await testStore()
  await recordAll(store, [event('run', 0, { series: 'a' }), event('run', 1, { series: 'b' })])
  await store.addRunningTime(0)
  await store.prune(0)
  expect(await store.runs({ limit: 10 })).toMatchObject([{ series: 'b', state: 'running' }])
  await store.record(event('complete', 101, { series: 'b' }))
  expect(await store.runs({ limit: 10 })).toMatchObject([
    { series: 'b', state: 'complete', startedAt: at(1) },
  ])
})

test('totals include removed events and runs', async () => {
  const store = await testStore()
  await recordAll(store, [event('complete', 0), event('fail', 1)])
  await store.addRunningTime(0)
  await store.record(event('complete', 100))
  await store.prune(0)
  await store.record(event('complete', 101))
  const { events, runs, lastSuccess } = await store.totals()
  const counts = Object.fromEntries(events.map(({ state, count }) => [state, count]))
  expect(counts).toEqual({ run: 0, complete: 3, fail: 1, ok: 0 })
  expect(runs.filter(({ count }) => count > 0)).toEqual([
    { monitorKey: 'job', env: '', state: 'complete', count: 3 },
    { monitorKey: 'job', env: '', state: 'failed', count: 1 },
  ])
  expect(lastSuccess).toEqual([{ monitorKey: 'job', env: '', at: at(101) }])
})

test('monitors without runs are removed, except those with an expectation', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'expected', rule: every(1000) }])
  await recordAll(store, [
    event('complete', 0, { monitorKey: 'old', env: 'prod' }),
    event('ok', 0, { monitorKey: 'expected' }),
    event('complete', 0, { monitorKey: 'live', env: 'test' }),
  ])
  await store.addRunningTime(0)
  await store.record(event('complete', 100, { monitorKey: 'live', env: 'prod' }))
  await store.prune(0)
  const monitors = await store.monitors()
  expect(monitors.map(({ key }) => key)).toEqual(['expected', 'live'])
  expect(monitors.map(({ envs }) => envs)).toEqual([[], ['prod']])
  await store.expect([])
  await store.prune(0)
  expect((await store.monitors()).map(({ key }) => key)).toEqual(['live'])
  expect(await store.record(event('fail', 101, { monitorKey: 'old' }))).toMatchObject({ kind: 'stored' })
  expect((await store.monitors({ key: 'old' }))[0]).toMatchObject({ health: 'failing' })
})

test('old changes are removed', async () => {
  const store = await testStore()
  await recordAll(store, [event('fail', 0), event('ok', 1)])
  await store.addRunningTime(0)
  await store.record(event('fail', 100))
  await store.prune(0)
  expect((await store.changes({ after: 0, limit: 10 })).map(({ id }) => id)).toEqual([3])
})

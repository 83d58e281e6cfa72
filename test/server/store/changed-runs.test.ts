import { expect, test } from 'vitest'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { event, recordAll, testStore } from './support.ts'

async function storeWith(...events: ReceivedEvent[]): Promise<Store> {
  const store = await testStore()
  await recordAll(store, events)
  return store
}

async function changed(store: Store, after: number, limit = 100): Promise<[string[], number]> {
  const { runs, next } = await store.changedRuns({ after, limit })
  return [runs.map(({ monitorKey, id, state }) => `${monitorKey} ${id} ${state}`), next]
}

test('a run is listed once, in its current state, and not again until it changes again', async () => {
  const store = await storeWith(event('run', 0, { series: 'a' }))
  expect(await changed(store, 0)).toEqual([['job 1 running'], 1])
  expect(await changed(store, 1)).toEqual([[], 1])
  await store.record(event('fail', 5, { series: 'a' }))
  expect(await changed(store, 1)).toEqual([['job 1 failed'], 2])
  expect(await changed(store, 0)).toEqual([['job 1 failed'], 2])
  expect(await changed(store, 2)).toEqual([[], 2])
})

test('runs are listed in the order of their last change, page by page', async () => {
  const store = await storeWith(
    event('run', 0, { series: 'a' }),
    event('run', 1, { series: 'b', env: 'other' }),
    event('complete', 2, { series: 'a' }),
    event('run', 3, { monitorKey: 'second' }),
  )
  expect(await changed(store, 0)).toEqual([['job 2 running', 'job 1 complete', 'second 3 running'], 4])
  expect(await changed(store, 0, 2)).toEqual([['job 1 complete', 'job 2 running'], 2])
  expect(await changed(store, 2, 2)).toEqual([['job 1 complete', 'second 3 running'], 4])
})

test('runs of events without a series are found', async () => {
  const store = await storeWith(event('run', 0), event('complete', 5), event('complete', 9), event('run', 12))
  expect(await changed(store, 0)).toEqual([['job 1 complete', 'job 2 complete', 'job 3 running'], 4])
  expect(await changed(store, 1)).toEqual([['job 1 complete', 'job 2 complete', 'job 3 running'], 4])
  expect(await changed(store, 2)).toEqual([['job 2 complete', 'job 3 running'], 4])
})

test('a run that becomes lost by the end of another run has changed, once', async () => {
  const store = await storeWith(event('run', 0, { series: 'a' }), event('run', 5, { series: 'b' }))
  await store.record(event('complete', 8, { series: 'b' }))
  expect(await changed(store, 2)).toEqual([['job 2 complete', 'job 1 lost'], 3])
  await recordAll(store, [event('run', 9, { series: 'c' }), event('complete', 10, { series: 'c' })])
  expect(await changed(store, 3)).toEqual([['job 3 complete'], 5])
  await store.record(event('fail', 20, { series: 'a' }))
  expect(await changed(store, 5)).toEqual([['job 1 failed'], 6])
})

test('an end makes no run of another env or monitor lost', async () => {
  const store = await storeWith(
    event('run', 0, { series: 'a', env: 'prod' }),
    event('run', 0, { series: 'b', monitorKey: 'other' }),
    event('complete', 8, { series: 'c', env: 'test' }),
  )
  expect((await changed(store, 2))[0]).toEqual(['job 3 complete'])
})

test('ok and repeated events change no run, and are skipped', async () => {
  const store = await storeWith(
    event('run', 0, { series: 'a' }),
    event('ok', 1),
    event('run', 2, { series: 'a' }),
  )
  expect(await changed(store, 1)).toEqual([[], 2])
})

test('the cursor reaches the end if the newest events were pruned', async () => {
  const store = await storeWith(event('ok', 0), event('ok', 1))
  await store.addRunningTime(0)
  await store.prune(0)
  expect(await changed(store, 0)).toEqual([[], 2])
})

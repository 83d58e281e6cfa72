/** Series that are used for more than one run. */

import { expect, test } from 'vitest'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { event, NOW, recordAll, testStore } from './support.ts'

const MINUTE = 60

const at = (seconds: number) => NOW + seconds * 1000
const stamp = (seconds: number) => ({ stamp: at(seconds) / 1000 })
const inSeries = (state: ReceivedEvent['state'], seconds: number, rest: Partial<ReceivedEvent> = {}) =>
  event(state, seconds, { series: 'a', ...rest })

/** Oldest first: state, and the seconds of start and end. */
async function runsOf(store: Store): Promise<string[]> {
  const seconds = (time: number | undefined) => (time === undefined ? '' : (time - NOW) / 1000)
  return (await store.runs({ limit: 100 }))
    .toReversed()
    .map(({ state, startedAt, endedAt }) => `${state} ${seconds(startedAt)}-${seconds(endedAt)}`)
}

async function changesOf(store: Store): Promise<string[]> {
  return (await store.changes({ after: 0, limit: 100 })).map(
    ({ from, to, run }) => `${from} → ${to} by ${run?.id}`,
  )
}

const kindsOf = async (store: Store, ...events: ReceivedEvent[]) => {
  const kinds: string[] = []
  for (const each of events) kinds.push((await store.record(each)).kind)
  return kinds
}

test('a run after the series has ended begins a new run, and the monitor is healthy at the end', async () => {
  const store = await testStore()
  await recordAll(store, [
    inSeries('run', 0),
    inSeries('complete', 1),
    inSeries('run', 2),
    inSeries('fail', 3),
    inSeries('run', 4),
    inSeries('complete', 5),
  ])
  expect(await runsOf(store)).toEqual(['complete 0-1', 'failed 2-3', 'complete 4-5'])
  expect((await store.monitors())[0]?.health).toBe('healthy')
  expect(await changesOf(store)).toEqual(['healthy → failing by 2', 'failing → healthy by 3'])
})

test('a retry with the same series, as by Celery, is a second run', async () => {
  const store = await testStore()
  await recordAll(store, [inSeries('run', 0), inSeries('fail', 1), inSeries('run', 2), inSeries('fail', 3)])
  expect(await runsOf(store)).toEqual(['failed 0-1', 'failed 2-3'])
})

test('the same end is a repetition for ten minutes, and an event of its own after that', async () => {
  const store = await testStore()
  expect(
    await kindsOf(
      store,
      inSeries('fail', 0),
      inSeries('fail', 10 * MINUTE),
      inSeries('fail', 10 * MINUTE + 1),
    ),
  ).toEqual(['stored', 'repeated', 'stored'])
  expect(await runsOf(store)).toEqual(['failed -0', 'failed -601'])
  expect((await store.events({ after: 0, limit: 10 })).map(({ id }) => id)).toEqual([1, 2])
})

test('events of a sender whose clock is ahead are repetitions if they are sent again with the same stamps', async () => {
  const store = await testStore()
  const HOUR = 60 * MINUTE
  expect(
    await kindsOf(
      store,
      inSeries('run', 0, stamp(HOUR)),
      inSeries('fail', 1, stamp(HOUR + 1)),
      inSeries('run', 20 * MINUTE, stamp(HOUR)),
      inSeries('fail', 20 * MINUTE, stamp(HOUR + 1)),
      inSeries('fail', 3 * HOUR, stamp(HOUR + 1)),
      inSeries('run', 4 * HOUR, stamp(5 * HOUR)),
    ),
  ).toEqual(['stored', 'stored', 'repeated', 'repeated', 'repeated', 'stored'])
  expect(await runsOf(store)).toEqual(['failed 0-1', 'running 14400-'])
})

test('another end within ten minutes corrects the run, and the last one counts', async () => {
  const store = await testStore()
  await recordAll(store, [
    inSeries('run', 0),
    inSeries('complete', 1, { message: 'done' }),
    inSeries('fail', 2, { message: 'or not', statusCode: 3 }),
  ])
  expect(await store.runs({ limit: 9 })).toMatchObject([
    { state: 'failed', startedAt: at(0), endedAt: at(2), message: 'or not', statusCode: 3 },
  ])
  await store.record(inSeries('complete', 3))
  expect(await runsOf(store)).toEqual(['complete 0-3'])
  expect(await changesOf(store)).toEqual(['healthy → failing by 1', 'failing → healthy by 1'])
  const { runs } = await store.totals()
  expect(runs.filter(({ count }) => count > 0)).toMatchObject([{ state: 'complete', count: 1 }])
})

test('another end after ten minutes is a run of its own', async () => {
  const store = await testStore()
  await recordAll(store, [inSeries('run', 0), inSeries('complete', 1), inSeries('fail', 12 * MINUTE)])
  expect(await runsOf(store)).toEqual(['complete 0-1', 'failed -720'])
})

test('what a courier delivers once more, hours later, makes no second failure', async () => {
  const store = await testStore()
  const hours = 5 * 3600
  expect(
    await kindsOf(
      store,
      inSeries('run', 0),
      inSeries('fail', 10),
      inSeries('run', hours, stamp(0)),
      inSeries('fail', hours, stamp(10)),
      inSeries('fail', hours, stamp(9.5)),
      inSeries('complete', hours, stamp(8)),
    ),
  ).toEqual(['stored', 'stored', 'repeated', 'repeated', 'repeated', 'repeated'])
  expect(await runsOf(store)).toEqual(['failed 0-10'])
})

test('nor while the series runs again', async () => {
  const store = await testStore()
  await recordAll(store, [inSeries('run', 0), inSeries('fail', 10), inSeries('run', 20)])
  expect(await kindsOf(store, inSeries('fail', 30, stamp(10)), inSeries('run', 30, stamp(0)))).toEqual([
    'repeated',
    'repeated',
  ])
  expect(await kindsOf(store, inSeries('complete', 40, stamp(25)))).toEqual(['stored'])
  expect(await runsOf(store)).toEqual(['failed 0-10', 'complete 20-25'])
})

test('a stamp that is newer than the end of the series is news, however late it comes', async () => {
  const store = await testStore()
  await recordAll(store, [inSeries('run', 0), inSeries('complete', 10)])
  await recordAll(store, [inSeries('run', 7200, stamp(3600)), inSeries('fail', 7200, stamp(3610))])
  expect(await runsOf(store)).toEqual(['complete 0-10', 'failed 3600-3610'])
})

test('a start that arrives after its end gives the first run of the series its start, once', async () => {
  const store = await testStore()
  expect(
    await kindsOf(
      store,
      inSeries('complete', 10),
      inSeries('run', 12, stamp(3)),
      inSeries('run', 13, stamp(3)),
    ),
  ).toEqual(['stored', 'stored', 'repeated'])
  expect(await runsOf(store)).toEqual(['complete 3-10'])
})

test('after the clock was set back, an end is not taken for a repetition of one in the future', async () => {
  const store = await testStore()
  expect(await kindsOf(store, inSeries('fail', 86_400), inSeries('fail', 0))).toEqual(['stored', 'stored'])
})

test('the same series in another environment is another run', async () => {
  const store = await testStore()
  const production = { env: 'production' }
  await recordAll(store, [
    inSeries('run', 0, production),
    inSeries('run', 1),
    inSeries('complete', 2),
    inSeries('fail', 3, production),
  ])
  expect(await runsOf(store)).toEqual(['failed 0-3', 'complete 1-2'])
})

test('each run of a series that an event has changed is listed once', async () => {
  const store = await testStore()
  await recordAll(store, [
    inSeries('run', 0),
    inSeries('fail', 1),
    inSeries('complete', 2),
    inSeries('fail', 20 * MINUTE),
    inSeries('complete', 21 * MINUTE),
    inSeries('run', 22 * MINUTE),
  ])
  const changed = async (after: number, limit = 100) => {
    const { runs, next } = await store.changedRuns({ after, limit })
    return [runs.map(({ id, state }) => `${id} ${state}`), next]
  }
  const all = ['1 complete', '2 complete', '3 running']
  expect(await changed(0)).toEqual([all, 6])
  expect(await changed(1)).toEqual([all, 6])
  expect(await changed(2)).toEqual([all, 6])
  expect(await changed(3)).toEqual([all.slice(1), 6])
  expect(await changed(4)).toEqual([all.slice(1), 6])
  expect(await changed(5)).toEqual([all.slice(2), 6])
  expect(await changed(0, 2)).toEqual([['1 complete'], 2])
  expect(await changed(2, 2)).toEqual([['1 complete', '2 complete'], 4])
})

test('the changed runs of a series with thousands of runs are found, also those of long ago', async () => {
  const store = await testStore()
  const count = 3000
  const events = Array.from({ length: count }, (_, index) => [
    inSeries('run', index * 10),
    inSeries('complete', index * 10 + 5),
  ]).flat()
  await Promise.all(events.map(store.record))
  const ids = async (after: number, limit: number) =>
    (await store.changedRuns({ after, limit })).runs.map(({ id }) => id)
  expect(await ids(0, 4)).toEqual([1, 2])
  expect(await ids(2000, 4)).toEqual([1001, 1002])
  expect(await ids(2 * count - 1, 10)).toEqual([count])
})

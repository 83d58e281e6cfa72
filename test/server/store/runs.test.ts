import { expect, test } from 'vitest'
import type { Run } from '../../../src/server/monitors/monitors.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import { event, NOW, recordAll, testStore } from './support.ts'

async function runsOf(...events: ReceivedEvent[]): Promise<Run[]> {
  const store = await testStore()
  await recordAll(store, events)
  return await store.runs({ limit: 100 })
}

const seconds = (count: number) => NOW + count * 1000

test('events of a series belong to one run', async () => {
  expect(
    await runsOf(
      event('run', 0, { series: 'a', host: 'h', env: 'prod', message: 'begins' }),
      event('complete', 7, { series: 'a', env: 'prod', statusCode: 0, message: 'done' }),
    ),
  ).toEqual([
    {
      id: 1,
      monitorKey: 'job',
      series: 'a',
      state: 'complete',
      startedAt: seconds(0),
      endedAt: seconds(7),
      durationSeconds: 7,
      statusCode: 0,
      host: 'h',
      env: 'prod',
      message: 'done',
    },
  ])
})

test('a run that has begun is running, with the message of its start', async () => {
  expect(await runsOf(event('run', 0, { series: 'a', message: 'begins' }))).toEqual([
    { id: 1, monitorKey: 'job', series: 'a', state: 'running', startedAt: NOW, message: 'begins' },
  ])
})

test('the same series of another monitor is another run', async () => {
  const runs = await runsOf(
    event('run', 0, { series: 'a' }),
    event('fail', 1, { series: 'a', monitorKey: 'other' }),
  )
  expect(runs.map(({ monitorKey, state }) => [monitorKey, state])).toEqual([
    ['other', 'failed'],
    ['job', 'running'],
  ])
})

test('the duration is the reported one', async () => {
  const metrics = [{ name: 'duration', value: 6.5 }]
  const [run] = await runsOf(event('run', 0, { series: 'a' }), event('fail', 9, { series: 'a', metrics }))
  expect(run).toMatchObject({ state: 'failed', durationSeconds: 6.5 })
})

test('an end may arrive before its start', async () => {
  const [run, ...others] = await runsOf(
    event('complete', 5, { series: 'a', stamp: seconds(4) / 1000 }),
    event('run', 6, { series: 'a', stamp: seconds(1) / 1000 }),
  )
  expect(others).toEqual([])
  expect(run).toMatchObject({
    state: 'complete',
    startedAt: seconds(1),
    endedAt: seconds(4),
    durationSeconds: 3,
  })
})

test('an end without a start is a run of its own', async () => {
  expect(await runsOf(event('complete', 5))).toEqual([
    { id: 1, monitorKey: 'job', state: 'complete', endedAt: seconds(5) },
  ])
})

test('an end without a series belongs to the newest open run without a series', async () => {
  const runs = await runsOf(
    event('run', 0),
    event('run', 1),
    event('run', 2, { series: 'a' }),
    event('complete', 3),
    event('complete', 4),
    event('complete', 5),
  )
  expect(runs.map(({ startedAt, endedAt }) => [startedAt, endedAt])).toEqual([
    [undefined, seconds(5)],
    [seconds(2), undefined],
    [seconds(1), seconds(3)],
    [seconds(0), seconds(4)],
  ])
})

test.each([
  [{ host: 'a' }, { host: 'b' }, false],
  [{ host: 'a' }, { host: 'a' }, true],
  [{ host: 'a' }, {}, true],
  [{}, { host: 'a' }, true],
  [{ env: 'prod' }, { env: 'prod' }, true],
  [{}, { env: 'prod' }, false],
  [{ env: 'prod' }, {}, false],
  [{ env: 'prod' }, { env: 'test' }, false],
])('a start with %j and an end with %j are one run: %s', async (start, end, isOne) => {
  const runs = await runsOf(event('run', 0, start), event('complete', 1, end))
  expect(runs).toHaveLength(isOne ? 1 : 2)
})

test('a run is lost once a newer one has ended, until its own end arrives', async () => {
  const store = await testStore()
  await recordAll(store, [event('run', 0, { series: 'a' }), event('run', 1, { series: 'b' })])
  const states = async () => (await store.runs({ limit: 10 })).map(({ series, state }) => [series, state])
  expect(await states()).toEqual([
    ['b', 'running'],
    ['a', 'running'],
  ])
  await store.record(event('fail', 2, { series: 'b' }))
  expect(await states()).toEqual([
    ['b', 'failed'],
    ['a', 'lost'],
  ])
  await store.record(event('complete', 3, { series: 'a' }))
  expect(await states()).toEqual([
    ['b', 'failed'],
    ['a', 'complete'],
  ])
})

test('a run whose start arrives after the end of a newer run is lost at once', async () => {
  const [late] = await runsOf(
    event('run', 10, { series: 'b' }),
    event('complete', 11, { series: 'b' }),
    event('run', 12, { series: 'a', stamp: seconds(3) / 1000 }),
  )
  expect(late).toMatchObject({ series: 'a', state: 'lost' })
})

test('a run of another env is not lost', async () => {
  const runs = await runsOf(
    event('run', 0, { series: 'a', env: 'prod' }),
    event('run', 1, { series: 'b', env: 'test' }),
    event('complete', 2, { series: 'b', env: 'test' }),
  )
  expect(runs.map(({ state }) => state)).toEqual(['complete', 'running'])
})

test.each([
  ['in the future', seconds(60) / 1000, seconds(1)],
  ['of the last century', 3600, seconds(1)],
  ['in milliseconds', seconds(0), seconds(1)],
  ['not a number', Number.NaN, seconds(1)],
  ['late', seconds(-86_400) / 1000, seconds(-86_400)],
  ['with a fraction', seconds(0) / 1000 - 0.5, seconds(0) - 500],
])('a stamp that is %s', async (_, stamp, startedAt) => {
  const [run] = await runsOf(event('run', 1, { series: 'a', stamp }))
  expect(run?.startedAt).toBe(startedAt)
})

test('an end before its start, from another clock, gives no negative duration', async () => {
  const [run] = await runsOf(
    event('run', 9, { series: 'a' }),
    event('complete', 10, { series: 'a', stamp: seconds(5) / 1000 }),
  )
  expect(run).toMatchObject({ state: 'complete', durationSeconds: 0 })
})

test('if a series has two different ends, the one that happened later counts', async () => {
  const [run, ...others] = await runsOf(
    event('fail', 5, { series: 'a', message: 'timed out' }),
    event('complete', 6, { series: 'a', stamp: seconds(3) / 1000, message: 'done' }),
  )
  expect(others).toEqual([])
  expect(run).toMatchObject({ state: 'failed', message: 'timed out' })
})

test('ok creates no run', async () => {
  expect(await runsOf(event('ok', 0, { series: 'a' }))).toEqual([])
})

test('runs are read in pages, newest first, of one monitor or of all', async () => {
  const store = await testStore()
  for (let second = 0; second < 10; second += 1) {
    await store.record(event('complete', second, { monitorKey: second % 2 === 0 ? 'even' : 'odd' }))
  }
  const ids = async (query: Parameters<typeof store.runs>[0]) => (await store.runs(query)).map(({ id }) => id)
  expect(await ids({ limit: 3 })).toEqual([10, 9, 8])
  expect(await ids({ limit: 3, before: 8 })).toEqual([7, 6, 5])
  expect(await ids({ limit: 3, monitorKey: 'even' })).toEqual([9, 7, 5])
  expect(await ids({ limit: 3, monitorKey: 'even', before: 5 })).toEqual([3, 1])
  expect(await ids({ limit: 3, monitorKey: 'unknown' })).toEqual([])
})

import { expect, test } from 'vitest'
import type { Store } from '../../../src/server/store/store.ts'
import { event, every, NOW, recordAll, testStore } from '../store/support.ts'

const at = (seconds: number) => NOW + seconds * 1000
const stamp = (seconds: number) => ({ stamp: at(seconds) / 1000 })

async function healthOf(store: Store, key = 'job') {
  return (await store.monitors({ key }))[0]?.health
}

async function changesOf(store: Store) {
  return (await store.changes({ after: 0, limit: 100 })).map(({ from, to, at, run }) => [
    from,
    to,
    at,
    run?.id,
  ])
}

test('a monitor is unknown, and shown as running, until a run has ended', async () => {
  const store = await testStore()
  await store.record(event('run', 0))
  expect(await store.monitors()).toMatchObject([{ key: 'job', health: 'unknown', state: 'running' }])
  expect((await store.monitors())[0]).not.toHaveProperty('since')
})

test('each change is reported once, with its run; a first success is no change', async () => {
  const store = await testStore()
  await recordAll(store, [event('complete', 1), event('complete', 2)])
  expect(await store.monitors()).toMatchObject([
    { health: 'healthy', state: 'healthy', since: at(1), lastSuccessAt: at(2), lastEventAt: at(2) },
  ])
  expect(await changesOf(store)).toEqual([])
  await recordAll(store, [event('fail', 3), event('fail', 4), event('ok', 5), event('ok', 6)])
  expect(await changesOf(store)).toEqual([
    ['healthy', 'failing', at(3), 3],
    ['failing', 'healthy', at(5), undefined],
  ])
})

test('a first failure is a change', async () => {
  const store = await testStore()
  await store.record(event('fail', 1, { message: 'no room' }))
  expect(await store.changes({ after: 0, limit: 10 })).toEqual([
    {
      id: 1,
      monitorKey: 'job',
      env: '',
      from: 'unknown',
      to: 'failing',
      at: at(1),
      run: { id: 1, monitorKey: 'job', state: 'failed', endedAt: at(1), message: 'no room' },
    },
  ])
})

test('a failing monitor that runs again is shown as failing', async () => {
  const store = await testStore()
  await recordAll(store, [event('fail', 1), event('run', 2)])
  expect(await store.monitors()).toMatchObject([{ health: 'failing', state: 'failing' }])
  await store.record(event('complete', 3))
  expect(await store.monitors()).toMatchObject([{ health: 'healthy', state: 'healthy' }])
})

test('an end that is delivered late does not replace a newer one', async () => {
  const store = await testStore()
  await recordAll(store, [
    event('complete', 100),
    event('fail', 101, stamp(50)),
    event('complete', 102, stamp(60)),
  ])
  expect(await healthOf(store)).toBe('healthy')
  expect(await changesOf(store)).toEqual([])
  expect((await store.monitors())[0]).toMatchObject({ lastSuccessAt: at(100) })
})

test('changes can be read from an id on, and listeners learn of each change', async () => {
  const store = await testStore()
  const news: boolean[] = []
  store.onStored(({ healthChanged }) => news.push(healthChanged))
  await recordAll(store, [event('fail', 1), event('fail', 2), event('ok', 3)])
  expect(news).toEqual([true, false, true])
  expect((await store.changes({ after: 1, limit: 10 })).map(({ id }) => id)).toEqual([2])
  expect((await store.changes({ after: 0, limit: 1 })).map(({ id }) => id)).toEqual([1])
  expect(await store.newest()).toEqual({ event: 3, change: 2 })
})

test('a monitor with an expectation is listed at once, and late once it is overdue', async () => {
  const store = await testStore()
  const news: boolean[] = []
  store.onStored(({ healthChanged }) => news.push(healthChanged))
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  const facts = { isFailing: false, isLate: false, isOverrunning: false, expectMs: 10_000 }
  const quiet = { state: 'quiet', health: 'unknown', ...facts }
  const ruleOf = { rule: every(10_000), nextDueAt: at(10) }
  expect(await store.monitors()).toEqual([
    {
      key: 'job',
      ...quiet,
      envs: [],
      environments: [{ env: '', ...quiet, ...ruleOf }],
      recent: [],
    },
  ])
  expect(await store.judgeHealth(at(10))).toBe(at(10) + 1)
  expect(await healthOf(store)).toBe('unknown')
  expect(await store.judgeHealth(at(10) + 1)).toBeUndefined()
  expect(await store.judgeHealth(at(11))).toBeUndefined()
  expect(await store.monitors()).toMatchObject([{ state: 'late', health: 'late', since: at(10) + 1 }])
  expect(await changesOf(store)).toEqual([['unknown', 'late', at(10) + 1, undefined]])
  expect(news).toEqual([true])
})

test('the time is counted from the last success, not from a failure or a start', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await recordAll(store, [event('complete', 5), event('fail', 9), event('run', 10)])
  expect(await store.judgeHealth(at(12))).toBe(at(15) + 1)
  await store.record(event('ok', 14))
  expect(await store.judgeHealth(at(16))).toBe(at(24) + 1)
  expect(await healthOf(store)).toBe('healthy')
})

test('a success ends late, a failure does not', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.judgeHealth(at(11))
  await recordAll(store, [event('run', 12, { series: 'a' }), event('fail', 13, { series: 'a' })])
  expect(await store.monitors()).toMatchObject([
    { state: 'failing', health: 'failing', isFailing: true, isLate: true },
  ])
  await store.record(event('complete', 14))
  expect(await store.monitors()).toMatchObject([{ state: 'healthy', health: 'healthy', since: at(14) }])
  expect(await changesOf(store)).toEqual([
    ['unknown', 'late', at(10) + 1, undefined],
    ['late', 'failing', at(13), 1],
    ['failing', 'healthy', at(14), 2],
  ])
})

test('a success that is too old does not end late', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.judgeHealth(at(20))
  await store.record(event('complete', 30, stamp(15)))
  expect(await healthOf(store)).toBe('late')
  await store.record(event('complete', 30, stamp(25)))
  expect(await healthOf(store)).toBe('healthy')
})

test('a change is never dated before the last one', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.judgeHealth(at(11))
  await store.record(event('complete', 12, stamp(9)))
  expect(await changesOf(store)).toEqual([
    ['unknown', 'late', at(10) + 1, undefined],
    ['late', 'healthy', at(10) + 1, 1],
  ])
})

test('a monitor is late since it was due, although it is checked long after that', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.record(event('complete', 50, stamp(5)))
  await store.judgeHealth(at(60))
  expect(await store.monitors()).toMatchObject([{ state: 'late', since: at(15) + 1 }])
  expect(await changesOf(store)).toEqual([['healthy', 'late', at(15) + 1, undefined]])
})

test('after a clock was set back, a monitor is late if it does not succeed in time from then on', async () => {
  const store = await testStore({ clock: () => at(86_400) })
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.record(event('complete', 86_400))
  expect(await store.judgeHealth(at(0))).toBe(at(10) + 1)
  expect(await store.judgeHealth(at(10))).toBe(at(10) + 1)
  expect(await healthOf(store)).toBe('healthy')
  await store.judgeHealth(at(11))
  expect(await changesOf(store)).toEqual([['healthy', 'late', at(10) + 1, undefined]])
  await store.record(event('complete', 12))
  expect(await healthOf(store)).toBe('healthy')
  expect(await store.judgeHealth(at(13))).toBe(at(22) + 1)
})

test('a success a few seconds in the future is no clock that was set back', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.record(event('complete', 30))
  expect(await store.judgeHealth(at(0))).toBe(at(40) + 1)
})

test('a late monitor is failing after a success if a failure happened after that success', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.judgeHealth(at(20))
  await recordAll(store, [event('fail', 28), event('complete', 30, stamp(25))])
  expect(await healthOf(store)).toBe('failing')
  expect((await changesOf(store)).map(([from, to]) => [from, to])).toEqual([
    ['unknown', 'late'],
    ['late', 'failing'],
  ])
})

test('a monitor without its former expectation is not late', async () => {
  let now = NOW
  const store = await testStore({ clock: () => now })
  await store.record(event('fail', 0))
  await store.expect([
    { monitorKey: 'job', rule: every(10_000) },
    { monitorKey: 'other', rule: every(10_000) },
  ])
  await store.judgeHealth(at(11))
  now = at(20)
  await store.expect([{ monitorKey: 'other', rule: every(60_000) }])
  expect(await store.monitors()).toMatchObject([
    { key: 'job', health: 'failing' },
    { key: 'other', health: 'unknown', expectMs: 60_000 },
  ])
  expect((await store.monitors({ key: 'job' }))[0]).not.toHaveProperty('expectMs')
  expect((await changesOf(store)).map(([from, to]) => [from, to])).toEqual([
    ['unknown', 'failing'],
    ['unknown', 'late'],
    ['late', 'unknown'],
  ])
  // Counted from the time of the first expectation.
  expect(await store.judgeHealth(at(30))).toBe(at(60) + 1)
})

test('the same expectations again, as after a restart, change nothing', async () => {
  let now = NOW
  const store = await testStore({ clock: () => now })
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  now = at(9)
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  expect(await store.judgeHealth(at(10))).toBe(at(10) + 1)
})

test('after the clock was set back, events with times in the future do not count', async () => {
  const store = await testStore()
  await recordAll(store, [event('complete', 86_400), event('fail', 10)])
  expect(await store.monitors()).toMatchObject([{ health: 'failing', since: at(10) }])
  await store.record(event('complete', 20))
  expect(await store.monitors()).toMatchObject([{ health: 'healthy', since: at(20), lastSuccessAt: at(20) }])
})

test('of two events recorded in the wrong order, the one that happened later counts', async () => {
  const store = await testStore()
  await recordAll(store, [event('fail', 10.002), event('complete', 10.001)])
  expect(await store.monitors()).toMatchObject([{ health: 'failing' }])
})

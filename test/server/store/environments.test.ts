import { expect, test } from 'vitest'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { event, every, NOW, recordAll, testStore } from './support.ts'

const at = (seconds: number) => NOW + seconds * 1000

const PRODUCTION = { env: 'production' }
const STAGING = { env: 'staging' }

async function healthOf(store: Store): Promise<string[]> {
  return (await store.monitors()).flatMap(({ key, health, environments }) => [
    `${key}: ${health}`,
    ...environments.map(each => `${key} in ${each.env}: ${each.health}${each.isLate ? ', late' : ''}`),
  ])
}

async function changesOf(store: Store): Promise<string[]> {
  return (await store.changes({ after: 0, limit: 100 })).map(
    ({ monitorKey, env, from, to }) => `${monitorKey} in ${env}: ${from} → ${to}`,
  )
}

test('a success in staging does not end a failure in production', async () => {
  const store = await testStore()
  await recordAll(store, [
    event('complete', 1, PRODUCTION),
    event('fail', 2, PRODUCTION),
    event('complete', 3, STAGING),
  ])
  expect(await healthOf(store)).toEqual([
    'job: failing',
    'job in production: failing',
    'job in staging: healthy',
  ])
  expect(await changesOf(store)).toEqual(['job in production: healthy → failing'])
})

test('no environment is an environment too', async () => {
  const store = await testStore()
  await recordAll(store, [event('fail', 1, PRODUCTION), event('ok', 2)])
  expect(await healthOf(store)).toEqual(['job: failing', 'job in : healthy', 'job in production: failing'])
})

test('a monitor can be read in one environment alone', async () => {
  const store = await testStore()
  await recordAll(store, [
    event('complete', 1, PRODUCTION),
    event('run', 2, STAGING),
    event('fail', 3, { ...PRODUCTION, message: 'no space' }),
    event('ok', 4, { ...STAGING, monitorKey: 'other' }),
  ])
  const monitors = await store.monitors({ env: 'production' })
  expect(monitors).toMatchObject([
    {
      key: 'job',
      state: 'failing',
      lastEventAt: at(3),
      envs: ['production'],
      recent: [{ id: 1 }, { id: 3, message: 'no space' }],
    },
  ])
  expect(await store.monitors({ env: 'staging' })).toMatchObject([
    { key: 'job', state: 'running', recent: [{ id: 2 }] },
    { key: 'other', state: 'healthy' },
  ])
  expect(await store.monitors({ key: 'job', env: 'staging' })).toHaveLength(1)
  expect(await store.monitors({ env: '' })).toEqual([])
})

test('runs are read of one environment or of all, newest first, page by page', async () => {
  const store = await testStore()
  for (let second = 1; second <= 12; second += 1) {
    const env = second % 3 === 0 ? STAGING : second % 3 === 1 ? PRODUCTION : {}
    await store.record(event('complete', second, { ...env, monitorKey: second % 2 === 0 ? 'even' : 'odd' }))
  }
  const ids = async (query: Parameters<typeof store.runs>[0]) => (await store.runs(query)).map(({ id }) => id)
  expect(await ids({ limit: 3, monitorKey: 'even' })).toEqual([12, 10, 8])
  expect(await ids({ limit: 9, monitorKey: 'even', before: 8 })).toEqual([6, 4, 2])
  expect(await ids({ limit: 1, monitorKey: 'even', env: 'staging' })).toEqual([12])
  expect(await ids({ limit: 9, monitorKey: 'even', env: 'staging', before: 12 })).toEqual([6])
  expect(await ids({ limit: 9, monitorKey: 'even', env: '' })).toEqual([8, 2])
  expect(await ids({ limit: 3, env: 'production' })).toEqual([10, 7, 4])
  expect(await ids({ limit: 3, env: 'unknown' })).toEqual([])
})

test('the latest runs of a monitor are those of all environments, and only the last one has its message', async () => {
  const store = await testStore()
  for (let second = 0; second < 40; second += 1) {
    await store.record(
      event('complete', second, { ...(second % 4 === 0 && STAGING), message: `run ${second}` }),
    )
  }
  const [monitor] = await store.monitors({ recent: 6 })
  expect(monitor?.recent.map(({ id, message }) => [id, message])).toEqual([
    [35, undefined],
    [36, undefined],
    [37, undefined],
    [38, undefined],
    [39, undefined],
    [40, 'run 39'],
  ])
  expect((await store.monitors({ recent: 0 }))[0]?.recent).toEqual([])
})

test('totals are counted for each environment', async () => {
  const store = await testStore()
  await recordAll(store, [
    event('run', 1, { ...PRODUCTION, series: 'a' }),
    event('fail', 2, { ...PRODUCTION, series: 'a' }),
    event('run', 3, STAGING),
    event('ok', 4),
  ])
  const { events, runs, lastSuccess } = await store.totals()
  const some = (counts: typeof events) =>
    counts.filter(({ count }) => count > 0).map(({ env, state, count }) => `${env} ${state} ${count}`)
  expect(some(events)).toEqual([' ok 1', 'production run 1', 'production fail 1', 'staging run 1'])
  expect(some(runs)).toEqual(['production failed 1', 'staging running 1'])
  expect(lastSuccess).toEqual([{ monitorKey: 'job', env: '', at: at(4) }])
})

test('an expectation applies to each environment in which an event was received', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await recordAll(store, [event('complete', 1, PRODUCTION), event('complete', 5, STAGING)])
  expect(await store.judgeHealth(at(12))).toBe(at(15) + 1)
  expect(await healthOf(store)).toEqual([
    'job: late',
    'job in production: late, late',
    'job in staging: healthy',
  ])
  await store.record(event('ok', 13, STAGING))
  await store.record(event('ok', 14, PRODUCTION))
  expect(await changesOf(store)).toEqual([
    'job in production: healthy → late',
    'job in production: late → healthy',
  ])
})

test('an expectation for one environment replaces the general one there', async () => {
  const store = await testStore()
  await store.expect([
    { monitorKey: 'job', rule: every(10_000), env: 'production' },
    { monitorKey: 'job', rule: every(1000) },
  ])
  await recordAll(store, [event('complete', 0, PRODUCTION), event('complete', 0, STAGING)])
  await store.judgeHealth(at(5))
  expect(await healthOf(store)).toEqual([
    'job: late',
    'job in production: healthy',
    'job in staging: late, late',
  ])
  expect((await store.monitors())[0]).toMatchObject({
    expectMs: 1000,
    environments: [{ expectMs: 10_000 }, {}],
  })
})

test('a monitor that is expected in one environment is not expected in others', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(1000), env: 'production' }])
  expect(await healthOf(store)).toEqual(['job: unknown', 'job in production: unknown'])
  await store.record(event('complete', 0, STAGING))
  await store.judgeHealth(at(5))
  expect(await changesOf(store)).toEqual(['job in production: unknown → late'])
})

test('the first event of an expected monitor gives it its environment', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  expect(await healthOf(store)).toEqual(['job: unknown', 'job in : unknown'])
  await store.record(event('run', 1, { ...PRODUCTION, series: 'a' }))
  await store.record(event('complete', 2, STAGING))
  await store.record(event('complete', 3))
  expect(await healthOf(store)).toEqual([
    'job: healthy',
    'job in : healthy',
    'job in production: unknown',
    'job in staging: healthy',
  ])
  // Its time is counted from the expectation, and that of the others from their success.
  expect(await store.judgeHealth(at(9))).toBe(at(10) + 1)
})

test('a first event without an environment leaves the monitor without one', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.record(event('ok', 1))
  await store.record(event('ok', 1, PRODUCTION))
  expect(await healthOf(store)).toEqual(['job: healthy', 'job in : healthy', 'job in production: healthy'])
})

test('after a restart, new environments are expected as before', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.record(event('ok', 1, PRODUCTION))
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  expect(await healthOf(store)).toEqual(['job: healthy', 'job in production: healthy'])
  await store.record(event('fail', 2, STAGING))
  await store.judgeHealth(at(13))
  expect(await healthOf(store)).toEqual([
    'job: failing',
    'job in production: late, late',
    'job in staging: failing, late',
  ])
  expect(await changesOf(store)).toEqual([
    'job in staging: unknown → failing',
    'job in production: healthy → late',
  ])
})

test('a failing monitor that becomes late has not changed, and one success ends both', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.record(event('fail', 1))
  await store.judgeHealth(at(11))
  await store.record(event('fail', 12))
  expect(await healthOf(store)).toEqual(['job: failing', 'job in : failing, late'])
  await store.record(event('ok', 13))
  expect(await healthOf(store)).toEqual(['job: healthy', 'job in : healthy'])
  expect(await changesOf(store)).toEqual(['job in : unknown → failing', 'job in : failing → healthy'])
})

test('a success that is still overdue ends the failing and not the lateness', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: every(10_000) }])
  await store.record(event('fail', 1))
  await store.judgeHealth(at(11))
  await store.record(event('complete', 30, { stamp: at(5) / 1000 }))
  expect(await changesOf(store)).toEqual(['job in : unknown → failing', 'job in : failing → late'])
})

test('an environment without events goes with pruning; the last one of an expected monitor stays', async () => {
  const store = await testStore()
  await store.expect([
    { monitorKey: 'job', rule: every(1e9) },
    { monitorKey: 'job', rule: every(1e9), env: 'production' },
    { monitorKey: 'other', rule: every(1e9) },
    { monitorKey: 'never', rule: every(1e9) },
  ])
  await recordAll(store, [
    event('ok', 1, PRODUCTION),
    event('ok', 2, { env: 'tried once' }),
    event('complete', 3, { monitorKey: 'other', env: 'a' }),
    event('complete', 4, { monitorKey: 'other', env: 'b' }),
  ])
  await store.addRunningTime(0)
  await store.record(event('ok', 90, STAGING))
  await store.prune(0)
  const envs = async () =>
    (await store.monitors()).map(({ key, environments }) => [key, environments.map(({ env }) => env)])
  expect(await envs()).toEqual([
    ['job', ['production', 'staging']],
    ['never', ['']],
    ['other', ['b']],
  ])
  // Its first event still gives the expected monitor its environment.
  await store.record(event('ok', 91, { monitorKey: 'never', env: 'c' }))
  await store.addRunningTime(0)
  await store.prune(0)
  expect(await envs()).toEqual([
    ['job', ['production', 'staging']],
    ['never', ['c']],
    ['other', ['b']],
  ])
  await store.expect([])
  await store.addRunningTime(0)
  await store.prune(0)
  expect(await envs()).toEqual([])
})

test('a monitor in a new environment beyond the bound is not stored, and the events beside it are', async () => {
  const store = await testStore({ maxMonitors: 2 })
  const known = await store.record(event('complete', 0, PRODUCTION))
  expect(known.kind).toBe('stored')
  const group: ReceivedEvent[] = [
    event('fail', 1, PRODUCTION),
    event('ok', 1, { monitorKey: 'second' }),
    event('ok', 1, STAGING),
    event('run', 1, { monitorKey: 'third', series: 'a' }),
    event('ok', 2, { monitorKey: 'second' }),
    event('complete', 3, PRODUCTION),
  ]
  expect((await Promise.all(group.map(store.record))).map(({ kind }) => kind)).toEqual([
    'stored',
    'stored',
    'too-many-monitors',
    'too-many-monitors',
    'stored',
    'stored',
  ])
  expect(await healthOf(store)).toEqual([
    'job: healthy',
    'job in production: healthy',
    'second: healthy',
    'second in : healthy',
  ])
  expect((await store.events({ after: 0, limit: 10 })).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5])
})

test('rows that pruning removes make room for new monitors, and expectations are never refused', async () => {
  const store = await testStore({ maxMonitors: 2 })
  await store.record(event('ok', 0, { monitorKey: 'old' }))
  await store.addRunningTime(0)
  await store.record(event('ok', 100))
  expect(await store.record(event('ok', 101, PRODUCTION))).toEqual({ kind: 'too-many-monitors' })
  await store.prune(0)
  expect(await store.record(event('ok', 102, PRODUCTION))).toMatchObject({ kind: 'stored' })
  expect(await store.record(event('ok', 103, STAGING))).toEqual({ kind: 'too-many-monitors' })
  await store.expect([{ monitorKey: 'expected', rule: every(1000) }])
  expect(await healthOf(store)).toContain('expected: unknown')
  // Its row is there already.
  expect(await store.record(event('ok', 104, { monitorKey: 'expected', env: 'new' }))).toMatchObject({
    kind: 'stored',
  })
  expect(await store.record(event('ok', 105, { monitorKey: 'fourth' }))).toEqual({
    kind: 'too-many-monitors',
  })
})

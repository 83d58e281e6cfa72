import { expect, test } from 'vitest'
import { longRunAt } from '../../../src/server/monitors/long-run.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { cron, event, every, NOW, recordAll, testStore } from './support.ts'

const at = (seconds: number) => NOW + seconds * 1000

const MINUTE = 60
const HOUR = 3600

const stamp = (seconds: number) => ({ stamp: at(seconds) / 1000 })

async function changesOf(store: Store): Promise<string[]> {
  return (await store.changes({ after: 0, limit: 100 })).map(
    ({ monitorKey, env, from, to, run }) =>
      `${monitorKey}${env === '' ? '' : ` in ${env}`}: ${from} → ${to}${run === undefined ? '' : `, run ${run.id}`}`,
  )
}

async function monitor(store: Store, key = 'job') {
  const [found] = await store.monitors({ key })
  if (found === undefined) throw new Error(`${key} is not listed`)
  return found
}

test('a pattern creates no monitor, and applies to those that are known and to those that appear', async () => {
  const store = await testStore()
  await store.record(event('complete', 1, { monitorKey: 'backup-db' }))
  await store.expect([{ monitorKey: 'backup-*', rule: every(10_000) }])
  expect((await store.monitors()).map(({ key }) => key)).toEqual(['backup-db'])
  await recordAll(store, [
    event('complete', 2, { monitorKey: 'backup-web', env: 'prod' }),
    event('complete', 2, { monitorKey: 'other' }),
  ])
  expect((await store.monitors()).map(({ environments: [env] }) => env?.rule)).toEqual([
    every(10_000),
    every(10_000),
    undefined,
  ])
  await store.judgeHealth(at(60))
  expect(await changesOf(store)).toEqual(['backup-db: healthy → late', 'backup-web in prod: healthy → late'])
  await store.expect([])
  expect((await monitor(store, 'backup-db')).environments[0]).not.toHaveProperty('rule')
})

test('in a pattern, an asterisk alone stands for other characters', async () => {
  const store = await testStore()
  const keys = ['a_b', 'aXb', '50%-done', '50-done', 'back\\slash', 'backslash', 'A_b']
  for (const monitorKey of keys) await store.record(event('ok', 1, { monitorKey }))
  await store.expect(['a_*', '50%*', 'back\\*'].map(monitorKey => ({ monitorKey, rule: every(10_000) })))
  const ruled = (await store.monitors()).filter(({ environments: [env] }) => env?.rule !== undefined)
  expect(ruled.map(({ key }) => key)).toEqual(['50%-done', 'a_b', 'back\\slash'])
})

test('the most exact rule applies, also in an environment that appears later', async () => {
  const store = await testStore()
  await store.expect([
    { monitorKey: '*', rule: every(1000) },
    { monitorKey: 'jo*', rule: every(2000) },
    { monitorKey: 'jo*', env: 'prod', rule: every(3000) },
    { monitorKey: 'job', rule: every(4000) },
    { monitorKey: 'job', env: 'prod', rule: every(5000) },
  ])
  await recordAll(store, [
    event('ok', 1),
    event('ok', 1, { env: 'prod' }),
    event('ok', 1, { env: 'test' }),
    event('ok', 1, { monitorKey: 'john', env: 'prod' }),
    event('ok', 1, { monitorKey: 'john', env: 'test' }),
    event('ok', 1, { monitorKey: 'x' }),
  ])
  const rules = (await store.monitors()).flatMap(({ key, environments }) =>
    environments.map(({ env, expectMs }) => `${key} in ${env}: ${expectMs}`),
  )
  expect(rules).toEqual([
    'job in : 4000',
    'job in prod: 5000',
    'job in test: 4000',
    'john in prod: 3000',
    'john in test: 2000',
    'x in : 1000',
  ])
})

test('a run that takes too long is overrunning, with its start, until it ends', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: { maxMs: 60_000 } }])
  await store.record(event('run', 10, { series: 'a' }))
  expect(await store.judgeHealth(at(20))).toBe(at(70) + 1)
  await store.judgeHealth(at(71))
  await store.judgeHealth(at(72))
  expect(await monitor(store)).toMatchObject({
    state: 'overrunning',
    health: 'overrunning',
    isOverrunning: true,
    isLate: false,
    since: at(70) + 1,
    environments: [{ runningSince: at(10), rule: { maxMs: 60_000 } }],
  })
  await store.record(event('complete', 90, { series: 'a' }))
  expect(await monitor(store)).toMatchObject({ state: 'healthy', isOverrunning: false })
  expect(await changesOf(store)).toEqual([
    'job: unknown → overrunning, run 1',
    'job: overrunning → healthy, run 1',
  ])
})

test('of two runs that take too long, the end of one does not end overrunning', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: { maxMs: 60_000 } }])
  await recordAll(store, [event('run', 10, { series: 'a' }), event('run', 20, { series: 'b' })])
  await store.judgeHealth(at(100))
  await store.record(event('complete', 101, { series: 'a' }))
  expect(await monitor(store)).toMatchObject({
    isOverrunning: true,
    environments: [{ runningSince: at(20) }],
  })
  await store.record(event('complete', 102, { series: 'b' }))
  expect(await monitor(store)).toMatchObject({ isOverrunning: false })
  expect(await changesOf(store)).toHaveLength(2)
})

test('a clock that is set forward does not end overrunning, nor begin it', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: '*', rule: { maxMs: 60_000 } }])
  await recordAll(store, [
    event('run', 10, { series: 'a' }),
    event('run', 11, { series: 'b' }),
    event('run', 90, { series: 'c', monitorKey: 'other' }),
  ])
  await store.judgeHealth(at(100))
  await store.countFrom(at(HOUR))
  await store.judgeHealth(at(HOUR + 1))
  await store.record(event('complete', HOUR + 2, { series: 'a' }))
  expect(await changesOf(store)).toEqual(['job: unknown → overrunning, run 1'])
  await store.judgeHealth(at(HOUR + 61))
  await store.record(event('complete', HOUR + 62, { series: 'b' }))
  expect((await changesOf(store)).slice(1)).toEqual([
    'other: unknown → overrunning, run 3',
    'job: overrunning → healthy, run 2',
  ])
})

test('a run whose end never comes is overrunning until a newer one has ended', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: { maxMs: 60_000 } }])
  await store.record(event('run', 10, { series: 'a' }))
  await store.judgeHealth(at(100))
  await recordAll(store, [event('run', 110, { series: 'b' }), event('complete', 120, { series: 'b' })])
  await store.judgeHealth(at(1000))
  expect(await changesOf(store)).toEqual([
    'job: unknown → overrunning, run 1',
    'job: overrunning → healthy, run 2',
  ])
})

test('an `ok` does not end overrunning, and a failure hides it', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: { maxMs: 60_000 } }])
  await store.record(event('run', 10, { series: 'a' }))
  await store.judgeHealth(at(100))
  await recordAll(store, [event('ok', 101), event('fail', 102, { series: 'b', ...stamp(5) })])
  expect(await monitor(store)).toMatchObject({ health: 'overrunning', isOverrunning: true })
  await store.record(event('fail', 103, { series: 'c', ...stamp(5) }))
  expect(await changesOf(store)).toEqual(['job: unknown → overrunning, run 1'])
  // Its end is a failure.
  await store.record(event('fail', 104, { series: 'a' }))
  expect((await changesOf(store)).slice(1)).toEqual(['job: overrunning → failing, run 1'])
})

test('a short `max` is judged in time although nothing was running at the last judgement', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: { maxMs: 15_000 } }])
  await store.record(event('complete', 0))
  expect(await store.judgeHealth(at(1))).toBe(at(16) + 1)
})

test('a start meets a cron rule, and a failed run is failing and not late', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: cron('0 * * * *', { graceMs: 300_000 }) }])
  expect(await store.judgeHealth(at(1))).toBe(at(HOUR + 5 * MINUTE) + 1)
  await store.record(event('run', HOUR + 10, { series: 'a' }))
  expect(await store.judgeHealth(at(HOUR + 6 * MINUTE))).toBe(at(2 * HOUR + 5 * MINUTE) + 1)
  await store.judgeHealth(at(2 * HOUR + 6 * MINUTE))
  await store.record(event('fail', 2 * HOUR + 7 * MINUTE, { series: 'b' }))
  await store.judgeHealth(at(2 * HOUR + 8 * MINUTE))
  expect(await monitor(store)).toMatchObject({
    isLate: false,
    health: 'failing',
    environments: [{ nextDueAt: at(3 * HOUR + 5 * MINUTE) }],
  })
  expect(await changesOf(store)).toEqual(['job: unknown → late', 'job: late → failing, run 2'])
})

test('a start up to a minute early counts for its time, and for the next one only if they are far apart', async () => {
  const store = await testStore()
  await store.expect([
    { monitorKey: 'hourly', rule: cron('0 * * * *') },
    { monitorKey: 'minutely', rule: cron('* * * * *') },
  ])
  const next = async (monitorKey: string, seconds: number) => {
    await store.record(event('run', seconds, { monitorKey, series: `${seconds}` }))
    const due = (await monitor(store, monitorKey)).environments[0]?.nextDueAt ?? 0
    // Without the grace, which is a minute.
    return (due - NOW) / 1000 - MINUTE
  }
  expect(await next('hourly', HOUR - 61)).toBe(HOUR)
  expect(await next('hourly', HOUR - 60)).toBe(2 * HOUR)
  expect(await next('minutely', 120 - 31)).toBe(120)
  expect(await next('minutely', 120 - 30)).toBe(180)
})

test('another schedule counts from the time when it was set, and the same one goes on', async () => {
  let now = at(0)
  const store = await testStore({ clock: () => now })
  await store.expect([{ monitorKey: 'job', rule: cron('0 2 * * *') }])
  await store.record(event('run', 2 * HOUR, { series: 'a' }))
  now = at(10 * HOUR)
  await store.expect([{ monitorKey: 'job', rule: cron('0 9 * * *') }])
  expect(await store.judgeHealth(now)).toBe(at(33 * HOUR + MINUTE) + 1)
  now = at(33 * HOUR)
  await store.expect([{ monitorKey: 'job', rule: cron('0 9 * * *', { failures: 2 }) }])
  await store.judgeHealth(at(33 * HOUR + 2 * MINUTE))
  expect(await changesOf(store)).toEqual(['job: unknown → late'])
  // The same rule, after a restart and with a clock that was set forward, does not end it.
  await store.countFrom(at(34 * HOUR))
  await store.expect([{ monitorKey: 'job', rule: cron('0 9 * * *', { failures: 2 }) }])
  expect(await changesOf(store)).toHaveLength(1)
})

test('failures are told after so many in a row, delayed ones included', async () => {
  const store = await testStore()
  await store.expect([{ monitorKey: 'job', rule: { failures: 3, recover: 2 } }])
  await recordAll(store, [
    event('fail', 1),
    event('fail', 2),
    event('complete', 3),
    event('fail', 10),
    // Delivered late: one before the success, and two after it.
    event('fail', 11, { series: 'a', ...stamp(2.5) }),
    event('fail', 12, { series: 'b', ...stamp(8) }),
  ])
  expect(await changesOf(store)).toEqual([])
  await store.record(event('fail', 13, { series: 'c', ...stamp(9) }))
  expect(await changesOf(store)).toEqual(['job: healthy → failing, run 7'])
  expect(await monitor(store)).toMatchObject({ since: at(10) })
  await recordAll(store, [event('complete', 20), event('fail', 21), event('ok', 22)])
  expect(await changesOf(store)).toHaveLength(1)
  await store.record(event('ok', 23))
  expect((await changesOf(store)).slice(1)).toEqual(['job: failing → healthy'])
})

test('an open run is unusually long if it takes twice as long as the last ones, and a minute longer', async () => {
  const store = await testStore()
  for (let run = 0; run < 9; run += 1) {
    const series = `${run}`
    await store.record(event('run', run * 100, { series }))
    await store.record(event('complete', run * 100 + 50, { series }))
  }
  await store.record(event('run', 5000, { series: 'open' }))
  const environment = async () => (await monitor(store)).environments[0]
  expect(await environment()).toMatchObject({ runningSince: at(5000) })
  // Too few to know what is usual.
  expect(await environment()).not.toHaveProperty('longRunAt')
  await store.record(event('complete', 4000, { metrics: [{ name: 'duration', value: 90 }] }))
  expect(await environment()).toMatchObject({ longRunAt: at(5000 + 180) })
  await store.expect([{ monitorKey: 'job', rule: { maxMs: 1000 } }])
  expect(await environment()).not.toHaveProperty('longRunAt')
  expect(longRunAt(0, { count: 10, longest: 1000 })).toBe(61_000)
  expect(longRunAt(0, { count: 50, longest: null })).toBeUndefined()
})

import { expect, test } from 'vitest'
import { event, every, NOW, newPlace, recordAll, testStore } from './support.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

async function changes(store: Awaited<ReturnType<typeof testStore>>) {
  const all = await store.changes({ after: 0, limit: 100 })
  return all.map(({ monitorKey, from, to, at, since }) => ({
    change: `${monitorKey}: ${from} → ${to}`,
    at: (at - NOW) / HOUR,
    ...(since !== undefined && { since: (since - NOW) / HOUR }),
  }))
}

test('a monitor that stays bad is repeated once after each such time, since it became so', async () => {
  const store = await testStore()
  await recordAll(store, [event('fail', 0), event('complete', 0, { monitorKey: 'good' })])
  expect(await store.repeatBad(NOW + DAY - 1, DAY)).toBe(NOW + DAY)
  expect(await store.repeatBad(NOW + DAY, DAY)).toBe(NOW + 2 * DAY)
  expect(await store.repeatBad(NOW + DAY + HOUR, DAY)).toBe(NOW + 2 * DAY)
  // A call that comes late does not move the next one.
  expect(await store.repeatBad(NOW + 2 * DAY + HOUR, DAY)).toBe(NOW + 3 * DAY)
  expect(await changes(store)).toEqual([
    { change: 'job: unknown → failing', at: 0 },
    { change: 'job: failing → failing', at: 24, since: 0 },
    { change: 'job: failing → failing', at: 49, since: 0 },
  ])
})

test('it ends with the bad time, and begins anew with the next one', async () => {
  const store = await testStore()
  await store.record(event('fail', 0))
  await store.repeatBad(NOW + DAY, DAY)
  await recordAll(store, [event('complete', 90_000)])
  expect(await store.repeatBad(NOW + 2 * DAY, DAY)).toBeUndefined()
  await recordAll(store, [event('fail', 3 * 86_400)])
  expect(await store.repeatBad(NOW + 3 * DAY + HOUR, DAY)).toBe(NOW + 4 * DAY)
  expect((await changes(store)).map(({ change }) => change)).toEqual([
    'job: unknown → failing',
    'job: failing → failing',
    'job: failing → healthy',
    'job: healthy → failing',
  ])
})

test('after a restart, a time in which no server ran is repeated once, and nothing twice', async () => {
  const place = await newPlace()
  const first = await testStore({ place })
  await first.record(event('fail', 0))
  await first.repeatBad(NOW + DAY, DAY)
  await first.close()
  const second = await testStore({ place })
  expect(await second.repeatBad(NOW + DAY + HOUR, DAY)).toBe(NOW + 2 * DAY)
  expect(await second.repeatBad(NOW + 5 * DAY + HOUR, DAY)).toBe(NOW + 6 * DAY)
  expect((await changes(second)).map(({ at }) => at)).toEqual([0, 24, 121])
})

test('each environment, and each bad health, is repeated with its rule and its run', async () => {
  const store = await testStore()
  const rule = every(HOUR)
  const limit = { maxMs: HOUR }
  await store.expect([
    { monitorKey: 'job', rule },
    { monitorKey: 'job', env: 'overrunning', rule: limit },
  ])
  await recordAll(store, [
    event('fail', 0, { env: 'failing', message: 'no space left' }),
    event('complete', 0, { env: 'late' }),
    event('complete', 0, { env: 'overrunning' }),
    event('run', 1, { env: 'overrunning', series: 'long' }),
    event('complete', 7000, { env: 'overrunning', series: 'other' }),
    event('run', 7001, { env: 'overrunning', series: 'longer' }),
  ])
  await store.judgeHealth(NOW + 3 * HOUR - 1000)
  await store.repeatBad(NOW + DAY + 3 * HOUR, DAY)
  const repeated = (await store.changes({ after: 0, limit: 100 })).filter(({ from, to }) => from === to)
  const byEnv = new Map(repeated.map(change => [change.env, change]))
  expect(byEnv.get('failing')).toMatchObject({ to: 'failing', rule, run: { message: 'no space left' } })
  expect(byEnv.get('late')).toMatchObject({ to: 'late', rule })
  expect(byEnv.get('late')?.run).toBeUndefined()
  expect(byEnv.get('overrunning')).toMatchObject({
    to: 'overrunning',
    rule: limit,
    run: { series: 'longer' },
  })
})

test('a change keeps the rule by which it was judged, and the time that was missed', async () => {
  const store = await testStore()
  const rule = { schedule: { kind: 'cron', expression: '0 2 * * *', zone: 'UTC' }, graceMs: HOUR } as const
  await store.expect([{ monitorKey: 'job', rule }])
  await store.judgeHealth(NOW + 4 * HOUR)
  await store.expect([])
  const [late] = await store.changes({ after: 0, limit: 1 })
  expect(late).toMatchObject({ to: 'late', at: NOW + 3 * HOUR + 1, rule, dueAt: NOW + 2 * HOUR })
})

test('a clock that was set back repeats nothing before its time', async () => {
  const store = await testStore()
  await store.record(event('fail', 0))
  await store.repeatBad(NOW + 10 * DAY, DAY)
  expect(await store.repeatBad(NOW + 2 * HOUR, DAY)).toBe(NOW + DAY)
  expect(await store.repeatBad(NOW - DAY, DAY)).toBe(NOW)
  expect(await changes(store)).toHaveLength(2)
})

import { expect, test } from 'vitest'
import { apiRoutes } from '../../../src/server/api/api-routes.ts'
import { event, every, NOW, recordAll } from '../store/support.ts'
import { type Server, serverForTest } from './support.ts'

const time = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString()

async function server(): Promise<Server> {
  const created = await serverForTest()
  await recordAll(created.store, [
    event('run', 0, { series: 'a', host: 'db1', env: 'prod', message: 'begins' }),
    event('fail', 7.5, {
      series: 'a',
      env: 'prod',
      statusCode: 3,
      metrics: [{ name: 'duration', value: 7.25 }],
      message: 'no space\nexit status 3',
      stamp: 1_767_225_607,
    }),
    event('run', 9, { series: 'b', env: 'test' }),
    event('ok', 10, { monitorKey: 'other' }),
  ])
  return created
}

const FAILED = {
  id: 1,
  monitor: 'job',
  series: 'a',
  state: 'failed',
  started_at: time(0),
  ended_at: time(7),
  duration: 7.25,
  status_code: 3,
  host: 'db1',
  env: 'prod',
  message: 'no space\nexit status 3',
}
const RUNNING = { id: 2, monitor: 'job', series: 'b', state: 'running', started_at: time(9), env: 'test' }

test('runs are listed newest first, with the field names of the API', async () => {
  const { get } = await server()
  expect((await get('/api/runs')).json).toEqual({ runs: [RUNNING, FAILED], newest: 4 })
  expect((await get('/api/monitors/job/runs')).json).toEqual({ runs: [RUNNING, FAILED], newest: 4 })
  expect((await get('/api/monitors/other/runs')).json).toEqual({ runs: [], newest: 4 })
})

test('a page has the start of the next one, except the last page', async () => {
  const { get } = await server()
  expect((await get('/api/runs?limit=1')).json).toEqual({ runs: [RUNNING], next: 2, newest: 4 })
  expect((await get('/api/runs?limit=1&before=2')).json).toEqual({ runs: [FAILED], next: 1, newest: 4 })
  expect((await get('/api/runs?limit=1&before=1')).json).toEqual({ runs: [], newest: 4 })
})

test('runs are filtered by state and env', async () => {
  const { get } = await server()
  expect((await get('/api/runs?state=failed')).json).toMatchObject({ runs: [FAILED] })
  expect((await get('/api/runs?env=test&limit=1')).json).toMatchObject({ runs: [RUNNING] })
  expect((await get('/api/runs?env=test&state=failed')).json).toMatchObject({ runs: [] })
})

test('pages of filtered runs contain each run once', async () => {
  const { store, get } = await serverForTest()
  await recordAll(
    store,
    Array.from({ length: 50 }, (_, at) => event(at % 3 === 0 ? 'fail' : 'complete', at, { series: `${at}` })),
  )
  const seen: number[] = []
  let target: string | undefined = '/api/runs?state=failed&limit=4'
  while (target !== undefined) {
    const { runs, next } = (await get(target)).json as { runs: { id: number }[]; next?: number }
    expect(runs.length).toBeLessThanOrEqual(4)
    seen.push(...runs.map(({ id }) => id))
    target = next === undefined ? undefined : `/api/runs?state=failed&limit=4&before=${next}`
  }
  expect(seen).toEqual(Array.from({ length: 17 }, (_, at) => 49 - 3 * at))
})

test('monitors are listed with their health, and a single monitor with its latest runs', async () => {
  const { get } = await server()
  const failing = {
    state: 'failing',
    health: 'failing',
    failing: true,
    late: false,
    overrunning: false,
    since: time(7),
    last_event_at: time(7.5),
  }
  const job = {
    monitor: 'job',
    ...failing,
    last_event_at: time(9),
    envs: ['prod', 'test'],
    environments: [
      { env: 'prod', ...failing },
      {
        env: 'test',
        state: 'running',
        health: 'unknown',
        failing: false,
        late: false,
        overrunning: false,
        last_event_at: time(9),
        running_since: time(9),
      },
    ],
  }
  const healthy = {
    state: 'healthy',
    health: 'healthy',
    failing: false,
    late: false,
    overrunning: false,
    since: time(10),
    last_event_at: time(10),
    last_success_at: time(10),
  }
  const other = {
    monitor: 'other',
    ...healthy,
    envs: [],
    environments: [{ env: null, ...healthy }],
    recent: [],
  }
  expect((await get('/api/monitors')).json).toEqual({ monitors: [{ ...job, recent: [] }, other] })
  const { message: _message, ...withoutMessage } = FAILED
  // Only the last run has its message.
  expect((await get('/api/monitors/job')).json).toEqual({ ...job, recent: [withoutMessage, RUNNING] })
  expect((await get('/api/monitors/job?recent=1')).json).toEqual({ ...job, recent: [RUNNING] })
})

test('with env, a monitor has the state and the runs of that environment, and is missing if it has none', async () => {
  const { get } = await server()
  const inTest = {
    monitor: 'job',
    state: 'running',
    health: 'unknown',
    failing: false,
    envs: ['test'],
    environments: [{ env: 'test', state: 'running' }],
  }
  expect((await get('/api/monitors/job?env=test')).json).toMatchObject({ ...inTest, recent: [RUNNING] })
  expect((await get('/api/monitors/job?env=test')).json).not.toHaveProperty('since')
  expect((await get('/api/monitors?env=test')).json).toMatchObject({ monitors: [{ ...inTest, recent: [] }] })
  expect((await get('/api/monitors?env=')).json).toMatchObject({ monitors: [{ monitor: 'other' }] })
  expect((await get('/api/monitors?env=unknown')).json).toEqual({ monitors: [] })
})

test('an empty env selects the runs without an environment', async () => {
  const { store, get } = await serverForTest()
  await recordAll(store, [event('complete', 1, { series: 'a' }), event('fail', 2, { env: 'prod' })])
  const withoutEnv = { runs: [{ id: 1, state: 'complete' }] }
  expect((await get('/api/runs?env=')).json).toMatchObject(withoutEnv)
  expect((await get('/api/monitors/job/runs?env=')).json).toMatchObject(withoutEnv)
  expect((await get('/api/runs?env=&changed_after=0')).json).toMatchObject(withoutEnv)
  expect((await get('/api/monitors/job/runs?env=prod')).json).toMatchObject({
    runs: [{ id: 2, state: 'failed' }],
  })
})

test('a failing monitor that is also late is both, in the one environment in which it is', async () => {
  const { store, get } = await serverForTest()
  await recordAll(store, [event('fail', 0, { env: 'production' }), event('complete', 59, { env: 'staging' })])
  await store.expect([{ monitorKey: 'job', rule: every(60_000) }])
  await store.judgeHealth(NOW + 61_000)
  expect((await get('/api/monitors/job')).json).toMatchObject({
    state: 'failing',
    failing: true,
    late: true,
    environments: [
      { env: 'production', state: 'failing', failing: true, late: true },
      { env: 'staging', state: 'healthy', failing: false, late: false },
    ],
  })
})

test('a rule is sent as --expect reads it, with the time after which the monitor is late', async () => {
  const { store, get } = await serverForTest()
  const schedule = { kind: 'cron', expression: '0 2 * * *', zone: 'UTC' } as const
  await store.expect([
    { monitorKey: 'often', rule: every(90_500) },
    { monitorKey: 'nightly', rule: { schedule, graceMs: 900_000, maxMs: 60_000 } },
  ])
  expect((await get('/api/monitors/often')).json).toMatchObject({ state: 'quiet', expect_every: 90.5 })
  await store.record(event('run', 0, { monitorKey: 'nightly' }))
  await store.judgeHealth(NOW + 61_000)
  expect((await get('/api/monitors/nightly')).json).toMatchObject({
    state: 'overrunning',
    health: 'overrunning',
    overrunning: true,
    environments: [
      {
        overrunning: true,
        rule: 'cron "0 2 * * *" tz UTC grace 15m max 1m',
        late_after: time(2.25 * 3600),
        running_since: time(0),
      },
    ],
  })
})

test('events after a cursor are listed in their order', async () => {
  const { get } = await server()
  expect((await get('/api/events')).json).toMatchObject({ next: 4, newest: 4 })
  expect((await get('/api/events?after=1&limit=1')).json).toEqual({
    events: [
      {
        id: 2,
        time: time(7.5),
        monitor: 'job',
        state: 'fail',
        env: 'prod',
        series: 'a',
        status_code: 3,
        metrics: [{ name: 'duration', value: 7.25 }],
        message: 'no space\nexit status 3',
        stamp: 1_767_225_607,
      },
    ],
    next: 2,
    newest: 4,
  })
  expect((await get('/api/events?after=4')).json).toEqual({ events: [], next: 4, newest: 4 })
})

test('a cursor of another database leads to the start', async () => {
  const { get } = await server()
  expect((await get('/api/events?after=5&wait=60')).json).toEqual({ events: [], next: 0, newest: 4 })
  expect((await get('/api/runs?changed_after=5&wait=60')).json).toEqual({ runs: [], next: 0, newest: 4 })
})

test.each(['a/b', 'a%b', 'ünïcode-日本', 'runs', '?#', '+', '..a', 'x'.repeat(128), '日'.repeat(128)])(
  'the monitor %s is found by its key',
  async key => {
    const { store, get } = await serverForTest()
    await store.record(event('complete', 1, { monitorKey: key }))
    const path = `/api/monitors/${encodeURIComponent(key)}`
    expect((await get(path)).json).toMatchObject({ monitor: key })
    expect((await get(`${path}/runs`)).json).toMatchObject({ runs: [{ monitor: key }] })
  },
)

test.each([
  ['/api/runs?limit=0', 400, 'limit'],
  ['/api/runs?limit=1001', 400, 'limit'],
  ['/api/runs?limit=ten', 400, 'limit'],
  ['/api/runs?limt=10', 400, 'limt'],
  ['/api/runs?limit=1&limit=2', 400, 'limit'],
  ['/api/runs?before=-1', 400, 'before'],
  ['/api/runs?before=1&changed_after=1', 400, 'before'],
  ['/api/runs?wait=5', 400, 'wait'],
  ['/api/runs?changed_after=0&wait=61', 400, 'wait'],
  ['/api/runs?state=ok', 400, 'state'],
  ['/api/runs?env=%ff', 400, 'env'],
  ['/api/events?after=1.5', 400, 'after'],
  ['/api/events?wait=30s', 400, 'wait'],
  ['/api/monitors?recent=31', 400, 'recent'],
  ['/api/monitors/job/runs?after=1', 400, 'after'],
  ['/api/monitors/job?limit=1', 400, 'limit'],
  ['/api/monitors/missing', 404, 'monitor'],
  ['/api/monitors/missing?env=prod', 404, 'monitor'],
  ['/api/monitors/job?env=stage', 404, 'env'],
  ['/api/monitors/job?env=', 404, 'env'],
  ['/api/monitors?env=a&env=b', 400, 'env'],
  ['/api/monitors/missing/runs', 404, 'monitor'],
  ['/api/monitors/', 404, undefined],
  ['/api/monitors/job/events', 404, undefined],
  ['/api/monitors/job/runs/1', 404, undefined],
  ['/api/monitors/%ff', 400, undefined],
  ['/api/monitors/%2', 404, undefined],
])('%s is refused with %i, and names %s', async (target, status, parameter) => {
  const { get } = await server()
  const asked = await get(target)
  expect(asked.status).toBe(status)
  expect(asked.json).toEqual({
    error: expect.stringMatching(/\w$/),
    ...(parameter !== undefined && { parameter }),
  })
})

test('answers are not cached, and browsers do not guess their type', async () => {
  const { get } = await server()
  for (const target of [
    '/api/runs',
    '/api/monitors',
    '/api/events',
    '/api/runs?limit=0',
    '/api/monitors/missing',
  ]) {
    const { headers } = await get(target)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-type']).toMatch(/^application\/json/)
  }
})

test('control characters are escaped', async () => {
  const { store, get } = await serverForTest()
  const evil = '\u001b]0;x\u0007\u009b2J\u202e\u2028'
  await store.record(event('fail', 1, { message: evil, host: evil, env: evil, series: evil }))
  for (const target of ['/api/runs', '/api/events', '/api/monitors/job']) {
    const { text, json } = await get(target)
    expect(text.trimEnd()).not.toMatch(/[\p{Cc}\u202e\u2028]/u)
    expect(JSON.stringify(json)).toContain(JSON.stringify(evil).slice(1, -1))
  }
})

test('a waiting client gets an answer when an event is stored', async () => {
  const { store, get } = await serverForTest()
  const events = get('/api/events?wait=60')
  const runs = get('/api/runs?changed_after=0&wait=60')
  const ofOther = get('/api/runs?changed_after=0&wait=60&env=prod')
  await store.record(event('run', 0, { series: 'a' }))
  expect((await events).json).toMatchObject({ events: [{ id: 1, state: 'run' }], next: 1 })
  expect((await runs).json).toMatchObject({ runs: [{ id: 1, state: 'running' }], next: 1 })
  await store.record(event('complete', 1, { series: 'b', env: 'prod' }))
  expect((await ofOther).json).toMatchObject({ runs: [{ id: 2, state: 'complete' }], next: 2 })
})

test('a waiting client gets an answer when the server stops', async () => {
  let isClosing = false
  const { collector, get } = await serverForTest({
    onContext: ({ closing }) => {
      closing.addEventListener('abort', () => {
        isClosing = true
      })
    },
  })
  const waiting = get('/api/events?wait=60')
  // Once this has an answer, the server has read the first request, which came on another connection.
  await get('/api/events')
  await collector.close()
  expect(isClosing).toBe(true)
  expect((await waiting).json).toEqual({ events: [], next: 0, newest: 0 })
})

test('a client that loses its access while it waits gets nothing', async () => {
  let isAllowed = true
  const { store, get } = await serverForTest({
    routes: context => apiRoutes(context, () => isAllowed, { maxPolls: 9, gatherMs: 0 }),
  })
  const waiting = ['/api/events?wait=60', '/api/runs?changed_after=0&wait=60'].map(target => get(target))
  // Once this has an answer, the server has read the waiting requests, which came on other connections.
  await get('/api/events')
  isAllowed = false
  await store.record(event('fail', 1, { message: 'secret' }))
  for (const { status, text } of await Promise.all(waiting)) {
    expect(status).toBe(401)
    expect(text).not.toContain('secret')
  }
})

/** A server for one waiting client, which waits already. */
async function fullServer(signal: AbortSignal) {
  const { store, get } = await serverForTest({
    routes: context => apiRoutes(context, () => true, { maxPolls: 1, gatherMs: 0 }),
  })
  const first = get('/api/events?wait=60', signal).catch(() => {})
  const isFull = async () => (await get('/api/events?wait=1&after=99')).status === 503
  // The first request may arrive after the second one.
  while (!(await isFull()));
  return { store, get, first, isFull }
}

test('clients above the limit get 503 with Retry-After, until one of the others has its answer', async () => {
  const { store, get, first } = await fullServer(new AbortController().signal)
  const refused = await get('/api/events?wait=60')
  expect(refused).toMatchObject({ status: 503, json: { parameter: 'wait' } })
  expect(refused.headers['retry-after']).toBe('5')
  await store.record(event('ok', 0))
  await first
  expect((await get('/api/events?wait=60')).status).toBe(200)
})

/** With httpAllowHalfOpen, Bun emits nothing when a client closes the connection of an unanswered request. */
const bunHidesTheEnd = process.versions.bun !== undefined

test.skipIf(bunHidesTheEnd)('a client that goes away while it waits makes room for another one', async () => {
  const gone = new AbortController()
  const { store, get, first, isFull } = await fullServer(gone.signal)
  gone.abort()
  await first
  while (await isFull());
  const next = get('/api/events?wait=60')
  await store.record(event('ok', 0))
  expect((await next).status).toBe(200)
})

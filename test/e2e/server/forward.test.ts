/** `cronitor serve --forward-to`: what is sent to the relay arrives at the other API, once and in order, whatever happens to either. */

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FakeApi, RecordedRequest } from '../../support/fake-api.ts'
import { KEY } from '../../support/key.ts'
import { paths, type Running, start } from '../../support/run.ts'
import { namesIn, waitingIn } from '../../support/spool-state.ts'
import { openSwitchablePort } from '../../support/switchable-port.ts'
import { tempDir } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { checked } from '../../support/validating-proxy.ts'
import { apiForTest, cronitor, exec, linesOf, reportingTo } from '../../support/wrapper.ts'

const FORWARD_KEY = 'Fk0e1d2c3b4a5968778695a4b3c2d1e0'

function keyFile(key = FORWARD_KEY): string {
  const file = join(tempDir('forward-key'), 'key')
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  return file
}

interface Served {
  readonly url: string
  readonly running: Running
  readonly events: () => Record<string, unknown>[]
  readonly stderr: () => string[]
}

async function serve(dataDir: string, ...flags: string[]): Promise<Served> {
  const argv = [
    paths.bin.cronitor,
    'serve',
    '--port',
    '0',
    '--strict',
    '--json',
    '--data-dir',
    dataDir,
    ...flags,
  ]
  const running = start(argv, { timeoutMs: 170_000 })
  onTestFinished(async () => {
    running.signalGroup('SIGKILL')
    await running.done.catch(() => {})
  })
  const lines = () => linesOf(running.output().stdout).map(line => JSON.parse(line))
  await until('the address is printed', () => String(running.output().stdout).includes('\n'))
  return {
    url: lines()[0].listening,
    running,
    events: () => lines().slice(1),
    stderr: () => linesOf(running.output().stderr),
  }
}

/** A relay without its own limits, so that tests are quick. */
function relay(dataDir: string, to: string, ...flags: string[]): Promise<Served> {
  return serve(dataDir, '--no-limits', '--forward-to', to, '--forward-key-file', keyFile(), ...flags)
}

/** The whole life of a series, one event after the other: run, complete, ok. */
async function sendSeries(url: string, monitor: string, series: string): Promise<void> {
  for (const state of STATES) {
    const response = await fetch(`${url}/p/${KEY}/${monitor}?state=${state}&series=${series}`)
    if (response.status !== 200) throw new Error(`${state} of ${series}: ${response.status}`)
  }
}

const STATES = ['run', 'complete', 'ok']

function taken(api: FakeApi): RecordedRequest[] {
  return api.events().filter(({ answered }) => answered === 200)
}

/** The states of each series, as they were taken, a state that comes twice in a row once. */
function statesOfSeries(events: readonly RecordedRequest[]): Map<string, string[]> {
  const states = new Map<string, string[]>()
  for (const { monitorKey, params, state } of events) {
    const name = `${monitorKey} ${params.get('series')}`
    const before = states.get(name) ?? []
    states.set(name, before.at(-1) === state ? before : [...before, state ?? ''])
  }
  return states
}

async function end(server: Served, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  server.running.signal(signal)
  await server.running.exited
}

test('what a wrapper sends to the relay is at the other server as it is here', async () => {
  const other = await serve(tempDir('other'))
  const here = await relay(tempDir('relay'), (await checked(other)).url)
  const env = reportingTo(await checked(here), { CRONITOR_ENV: 'prod', CRONITOR_HOSTNAME: 'db1' })
  await exec(['a/b', 'echo one; exit 3'], env)
  await cronitor(
    ['ping', 'a/b', '--ok', '--metric', 'rows:7', '--metric', 'count:1.5', '--message', 'm'],
    env,
  )
  await until('all three are there', () => other.events().length === 3)
  const withoutTime = (events: Record<string, unknown>[]) => events.map(({ time: _, ...rest }) => rest)
  expect(withoutTime(other.events())).toEqual(withoutTime(here.events()))
  expect(here.events().map(({ state }) => state)).toEqual(['run', 'fail', 'ok'])
  expect(here.stderr()).toEqual([])
})

test('an event keeps its stamp, and is sent on with the key of the other API alone', async () => {
  const api = await apiForTest()
  const here = await relay(tempDir('relay'), api.url)
  await fetch(`${here.url}/p/${KEY}/job?state=fail&stamp=1780000000.25&message=of%20${FORWARD_KEY}&msg=x`)
  await api.waitFor(events => events.length === 1)
  const [event] = api.events()
  expect(event).toMatchObject({ method: 'GET', apiKey: FORWARD_KEY, monitorKey: 'job' })
  expect(event?.params.get('stamp')).toBe('1780000000.25')
  expect(event?.params.get('message')).toContain('[redacted]')
  expect(JSON.stringify(event?.headers)).not.toContain(KEY)
})

test('what came while the other API was away arrives once it is back, in order and once', async () => {
  const api = await apiForTest()
  const door = await openSwitchablePort(api.port)
  onTestFinished(() => door.close())
  door.shut()
  const here = await relay(tempDir('relay'), `http://127.0.0.1:${door.port}`)
  for (const monitor of ['a', 'b', 'c']) await sendSeries(here.url, monitor, '1')
  expect(here.events()).toHaveLength(9)
  await door.open()
  await until('all have arrived', () => taken(api).length >= 9)
  expect(api.events()).toHaveLength(9)
  expect([...statesOfSeries(api.events()).values()]).toEqual([STATES, STATES, STATES])
})

describe('of several addresses of the other API', () => {
  const closed = 'http://127.0.0.1:4'

  test.each<[what: string, to: (last: string) => Promise<string[]>]>([
    ['that refuses', async last => ['--forward-to', `${closed},${last}`]],
    ['that refuses, as an option of its own', async last => ['--forward-to', closed, '--forward-to', last]],
    [
      'that answers 503',
      async last => [
        '--forward-to',
        `${(await apiForTest({ respond: () => ({ status: 503 }) })).url},${last}`,
      ],
    ],
    [
      'that is silent',
      async last => ['--forward-to', `${(await apiForTest({ respond: () => 'hang' })).url},${last}`],
    ],
  ])('one %s is followed by the next one', async (_what, to) => {
    const api = await apiForTest()
    const flags = ['--no-limits', '--forward-key-file', keyFile(), ...(await to(api.url))]
    const here = await serve(tempDir('relay'), ...flags)
    for (const monitor of ['a', 'b', 'c']) await sendSeries(here.url, monitor, '1')
    await api.waitFor(events => events.length === 9)
    expect([...statesOfSeries(api.events()).values()]).toEqual([STATES, STATES, STATES])
    expect(here.stderr()).toEqual([])
  })

  test('each event arrives once at one of them, in order, while they come and go', {
    timeout: 180_000,
  }, async () => {
    const one = await apiForTest({ respond: (_request, index) => ({ status: index % 6 < 3 ? 503 : 200 }) })
    const other = await apiForTest({ respond: (_request, index) => ({ status: index % 6 < 3 ? 200 : 502 }) })
    const here = await relay(tempDir('relay'), `${one.url},${other.url}`)
    for (let each = 0; each < 8; each += 1) await sendSeries(here.url, `job-${each % 3}`, `s${each}`)
    const all = () => [...taken(one), ...taken(other)].toSorted((a, b) => a.arrivedAt - b.arrivedAt)
    await until('all have arrived', () => all().length >= 24)
    expect(all()).toHaveLength(24)
    expect([...statesOfSeries(all()).values()]).toEqual(Array(8).fill(STATES))
  })

  test('what came while all were away arrives once one is back', async () => {
    const api = await apiForTest()
    const door = await openSwitchablePort(api.port)
    onTestFinished(() => door.close())
    door.shut()
    const here = await relay(tempDir('relay'), `${closed},http://127.0.0.1:${door.port}`)
    await sendSeries(here.url, 'a', '1')
    await door.open()
    await until('all have arrived', () => taken(api).length >= 3)
    expect([...statesOfSeries(api.events()).values()]).toEqual([STATES])
  })
})

test('a relay that is killed in the middle sends the rest after its start, and what was under way alone twice', {
  timeout: 180_000,
}, async () => {
  const api = await apiForTest({
    // Slowly, so that it is killed in the middle.
    respond: () => new Promise(resolve => setTimeout(resolve, 100, { status: 200 })),
  })
  const dataDir = tempDir('relay')
  const monitors = Array.from({ length: 20 }, (_, index) => `job-${index}`)
  let here = await relay(dataDir, api.url)
  await Promise.all(monitors.map(monitor => sendSeries(here.url, monitor, '1')))
  for (const least of [5, 25]) {
    await until(`${least} have arrived`, () => taken(api).length >= least)
    await end(here, 'SIGKILL')
    expect(waitingIn(join(dataDir, 'forward'))).toBeGreaterThan(0)
    here = await relay(dataDir, api.url)
  }
  await Promise.all(monitors.map(monitor => sendSeries(here.url, monitor, '2')))
  await until('all have arrived', () => statesIn(api) === 120, 80_000)
  await until('nothing is left', () => waitingIn(join(dataDir, 'forward')) === 0)
  for (const states of statesOfSeries(taken(api)).values()) expect(states).toEqual(STATES)
  // What was under way when it was killed, and that alone, may come twice: 16 at the most, each time.
  expect(api.events().length - 120).toBeLessThanOrEqual(2 * 16)
})

/** How many different events were taken. */
function statesIn(api: FakeApi): number {
  return new Set(
    taken(api).map(
      ({ monitorKey, params }) => `${monitorKey} ${params.get('series')} ${params.get('state')}`,
    ),
  ).size
}

test('a server that ends on SIGTERM does not wait for an API that does not answer, and sends it after its start', async () => {
  const api = await apiForTest({ respond: () => 'hang' })
  const dataDir = tempDir('relay')
  const here = await relay(dataDir, api.url)
  await sendSeries(here.url, 'job', '1')
  await api.waitFor(events => events.length === 1)
  here.running.signal('SIGTERM')
  expect((await here.running.exited).status).toBe(0)
  expect(here.stderr()).toEqual([])
  api.respond = () => ({ status: 200 })
  await relay(dataDir, api.url)
  await until('all have arrived', () => taken(api).length === 3)
  expect(taken(api).map(({ state }) => state)).toEqual(STATES)
})

describe('what the other API says', () => {
  test('429 and 500 are waited for, as long as they ask', async () => {
    const tries = new Map<string, number>()
    const api = await apiForTest({
      respond: ({ monitorKey, params }) => {
        // Not by all of the target, which changes once an event is late.
        const target = `${monitorKey} ${params.get('state')}`
        const count = (tries.get(target) ?? 0) + 1
        tries.set(target, count)
        if (count === 1) return { status: 500 }
        return count === 2 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 200 }
      },
    })
    const here = await relay(tempDir('relay'), api.url)
    await sendSeries(here.url, 'job', '1')
    await until('all have arrived', () => taken(api).length >= 3)
    expect(taken(api).map(({ state }) => state)).toEqual(STATES)
    const first = api.events().filter(({ state }) => state === 'run')
    expect(first.map(({ answered }) => answered)).toEqual([500, 429, 200])
    expect((first[2]?.arrivedAt ?? 0) - (first[1]?.arrivedAt ?? 0)).toBeGreaterThan(990)
  })

  test('401 is reported once; refused events are kept, and are sent once the key is right', async () => {
    const api = await apiForTest({ respond: () => ({ status: 401 }) })
    const dataDir = tempDir('relay')
    const spool = join(dataDir, 'forward')
    const here = await relay(dataDir, api.url)
    await sendSeries(here.url, 'job', '1')
    await until('all are refused', () => namesIn(spool, 'rejected').length === 3)
    expect(here.stderr()).toEqual([
      expect.stringMatching(
        /^cronitor: 127\.0\.0\.1:\d+ refused an event: HTTP status 401, the API key is wrong; /,
      ),
    ])
    const list = await cronitor(['spool', 'list', '--rejected', '--json', '--spool-dir', spool])
    expect(JSON.parse(String(list.stdout))).toHaveLength(3)
    await end(here, 'SIGTERM')

    api.respond = () => ({ status: 200 })
    const key = { CRONITOR_API_KEY_FILE: keyFile() }
    expect((await cronitor(['spool', 'retry', '--rekey', '--spool-dir', spool], key)).status).toBe(0)
    await relay(dataDir, api.url)
    await until('all have arrived', () => taken(api).length === 3)
    expect(taken(api).map(({ state }) => state)).toEqual(STATES)
  })
})

test('hundreds of events get through the limits of the other API, each once', {
  timeout: 180_000,
}, async () => {
  const other = await serve(tempDir('other'))
  const proxy = await checked(other)
  const here = await relay(tempDir('relay'), proxy.url)
  const monitors = Array.from({ length: 100 }, (_, index) => `job-${index}`)
  await Promise.all(monitors.map(monitor => sendSeries(here.url, monitor, '1')))
  await until('all have arrived', () => other.events().length >= 300)
  const seen = new Map<unknown, unknown[]>()
  for (const { monitor, state } of other.events()) seen.set(monitor, [...(seen.get(monitor) ?? []), state])
  expect([...seen.values()]).toEqual(monitors.map(() => STATES))
  // It keeps to the limits by itself; the two clocks may differ by a request here and there.
  expect(proxy.responses() - 300).toBeLessThanOrEqual(15)
  expect(here.stderr()).toEqual([])
})

test('on a store with events from before, the relay starts with the next event', async () => {
  const api = await apiForTest()
  const dataDir = tempDir('relay')
  const before = await serve(dataDir)
  await sendSeries(before.url, 'job', 'old')
  await end(before, 'SIGTERM')
  const here = await relay(dataDir, api.url)
  expect(here.stderr()).toEqual([expect.stringContaining('starts with the next event')])
  await sendSeries(here.url, 'job', 'new')
  await until('all have arrived', () => taken(api).length === 3)
  expect(new Set(api.events().map(({ params }) => params.get('series')))).toEqual(new Set(['new']))
  await end(here, 'SIGTERM')
  // After the restart it continues at its cursor.
  expect((await relay(dataDir, api.url)).stderr()).toEqual([])
})

test('a key file that everybody can read is used, with a warning', async () => {
  const api = await apiForTest()
  const file = keyFile()
  chmodSync(file, 0o644)
  const flags = ['--forward-to', api.url, '--forward-key-file', file]
  expect((await serve(tempDir('relay'), ...flags)).stderr()).toEqual([
    expect.stringMatching(/^cronitor: --forward-key-file: every user of this host can read /),
  ])
})

test('no other process delivers from under the relay', async () => {
  const api = await apiForTest({ respond: () => ({ status: 500 }) })
  const dataDir = tempDir('relay')
  const here = await relay(dataDir, api.url)
  await sendSeries(here.url, 'job', '1')
  await api.waitFor(events => events.length >= 1)
  const env = { CRONITOR_API_KEY_FILE: keyFile(), CRONITOR_TELEMETRY_URL: api.url }
  const flush = await cronitor(['spool', 'flush', '--spool-dir', join(dataDir, 'forward')], env)
  expect(flush.status).toBe(1)
  expect(String(flush.stderr)).toMatch(/another process delivers from this spool: relay, process \d+\n$/)
  api.respond = () => ({ status: 200 })
  await until('all have arrived', () => taken(api).length >= 3)
})

describe('it does not start', () => {
  test.each([
    ['without a key', ['--forward-to', 'https://cronitor.link'], 2, 'needs an API key'],
    ['without an address', ['--forward-key-file', '/dev/null'], 2, '--forward-key-file needs --forward-to'],
    ['with an address that is none', ['--forward-to', 'cronitor.link'], 2, 'expected an http'],
    [
      'with a password in it',
      ['--forward-to', `https://me:${FORWARD_KEY}@cronitor.link`],
      2,
      'expected an http',
    ],
    [
      'with its own address',
      ['--port', '18427', '--forward-to', 'http://localhost:18427', '--forward-key-file', '/dev/null'],
      2,
      'itself',
    ],
    [
      'with a key file that is not there',
      ['--forward-to', 'http://127.0.0.1:1', '--forward-key-file', '/nowhere/key'],
      1,
      'does not exist',
    ],
    [
      'with a key file that is empty',
      ['--forward-to', 'http://127.0.0.1:1', '--forward-key-file', '/dev/null'],
      1,
      'not a regular file',
    ],
  ])('%s', async (_what, flags, status, words) => {
    const result = await cronitor(['serve', '--port', '0', '--data-dir', tempDir('relay'), ...flags])
    expect(linesOf(result.stderr)).toEqual([expect.stringContaining(words)])
    expect(String(result.stderr)).not.toContain(FORWARD_KEY)
    expect([result.status, String(result.stdout)]).toEqual([status, ''])
  })
})

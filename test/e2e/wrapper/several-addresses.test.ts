/** Several addresses of the API: events go to the first one that takes them, in order, and none is lost. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Answer, FakeApi, RecordedRequest } from '../../support/fake-api.ts'
import { httpProxyForTest } from '../../support/http-proxy.ts'
import { KEY } from '../../support/key.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { type RawFault, startRawServer } from '../../support/raw-server.ts'
import type { RunOptions } from '../../support/run.ts'
import { courierOf, fillQueue, keptIn, seriesOf, waitingIn } from '../../support/spool-state.ts'
import { openSwitchablePort } from '../../support/switchable-port.ts'
import { tempDir } from '../../support/temp.ts'
import { hasOpenssl, makeAuthority, tlsFront } from '../../support/tls.ts'
import { until } from '../../support/until.ts'
import {
  apiForTest,
  cronitor,
  exec,
  linesOf,
  reportingTo,
  startExec,
  statesOf,
  untilFile,
} from '../../support/wrapper.ts'

const CLOSED = `http://127.0.0.1:${CLOSED_PORT}`

type Environment = NonNullable<RunOptions['env']>

function reportingToAll(urls: readonly string[], more: Environment = {}): Environment {
  return reportingTo({ url: urls.join(',') }, { CRONITOR_DELIVER_WITHIN: '20s', ...more })
}

async function raw(fault: RawFault): Promise<string> {
  const server = await startRawServer(fault)
  onTestFinished(() => server.close())
  return server.url
}

const answering = async (answer: Answer) => (await apiForTest({ respond: () => answer })).url

describe('the next address gets both events, and nothing is printed, if the first one', () => {
  test.each<[what: string, first: () => Promise<string>, within?: string]>([
    ['refuses the connection', async () => CLOSED],
    ['resets the connection', () => raw('reset')],
    ['closes the connection', () => raw('close')],
    ['resets after the request', () => answering('reset')],
    ['does not speak HTTP', () => raw('garbage')],
    ['does not speak TLS', async () => (await raw('garbage')).replace('http:', 'https:')],
    ['has no name', async () => 'https://telemetry.invalid'],
    // Each event waits for a third of this.
    ['accepts and is silent', () => raw('hang'), '15s'],
    ['takes the request and is silent', () => answering('hang'), '15s'],
    ['answers 502', () => answering({ status: 502 })],
    ['answers 503', () => answering({ status: 503 })],
    ['answers 503 and asks for a wait', () => answering({ status: 503, headers: { 'retry-after': '600' } })],
    ['answers 504', () => answering({ status: 504 })],
  ])('%s', async (_what, first, within = '20s') => {
    const api = await apiForTest()
    const env = reportingToAll([await first(), api.url], { CRONITOR_DELIVER_WITHIN: within })
    const { status, stdout, stderr } = await exec(['nightly', 'echo out; exit 3'], env)
    expect({ status, stdout: String(stdout), stderr: String(stderr) }).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: '',
    })
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
    expect(new Set(api.events().map(({ apiKey }) => apiKey))).toEqual(new Set([KEY]))
  })

  const openssl = hasOpenssl()
  test.skipIf(!openssl)('has a certificate of an unknown authority', async () => {
    const api = await apiForTest()
    const untrusted = await tlsFront(makeAuthority().issue('DNS:localhost'), api.port)
    const env = reportingToAll([`https://localhost:${untrusted.port}`, api.url])
    expect(await exec(['nightly', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
    expect(untrusted.handshakes()).toBe(0)
  })

  test('cannot be reached by its proxy, which the next one does without', async () => {
    const api = await apiForTest()
    const proxy = await httpProxyForTest({ toPort: api.port, refuseWith: 502 })
    const env = reportingToAll(['http://telemetry.invalid', api.url], {
      HTTP_PROXY: proxy.url,
      NO_PROXY: '127.0.0.1',
    })
    expect(await exec(['nightly', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(proxy.asked).toEqual(['GET http://telemetry.invalid'])
    expect(statesOf(api.events())).toEqual(['run', 'complete'])
  })
})

test('all events go to the first address as long as it answers, also to a refusal', async () => {
  const first = await apiForTest({ respond: ({ state }) => ({ status: state === 'run' ? 200 : 400 }) })
  const second = await apiForTest()
  const { stderr } = await exec(['nightly', 'true'], reportingToAll([first.url, second.url]))
  expect(linesOf(stderr)).toEqual([expect.stringContaining('refused with HTTP status 400')])
  expect(statesOf(first.events())).toEqual(['run', 'complete'])
  expect(second.events()).toEqual([])
})

test('a run whose address goes away ends at the next one', async () => {
  const folder = tempDir()
  const first = await apiForTest()
  const door = await openSwitchablePort(first.port)
  onTestFinished(() => door.close())
  const second = await apiForTest()
  const log = join(folder, 'log')
  const env = reportingToAll([`http://127.0.0.1:${door.port}`, second.url], { CRONITOR_LOG: log })
  const running = startExec(['nightly', `until [ -e ${folder}/go ]; do sleep 0.02; done`], env)
  await until(
    'the run is delivered',
    () => existsSync(log) && String(readFileSync(log)).includes('delivered run'),
  )
  door.close()
  await exec(['other', `: > ${folder}/go`], {})
  expect(await running.done).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
  expect([statesOf(first.events()), statesOf(second.events())]).toEqual([['run'], ['complete']])
  const series = [...first.events(), ...second.events()].map(({ params }) => params.get('series'))
  expect(new Set(series).size).toBe(1)
})

test('the base path of each address is its own, and --verbose and the log name what was not reached', async () => {
  const api = await apiForTest({ base: /^\/some\/base/ })
  const log = join(tempDir(), 'log')
  const env = reportingToAll([`${CLOSED}/other`, `${api.url}/some/base/`], { CRONITOR_LOG: log })
  const { status, stderr } = await cronitor(['ping', 'nightly', '--ok', '--verbose'], env)
  expect(status).toBe(0)
  expect(statesOf(api.events())).toEqual(['ok'])
  const line = `ok of nightly: connection refused by 127.0.0.1:${CLOSED_PORT}; trying the next address`
  expect(String(stderr)).toContain(line)
})

describe('with no address that answers', () => {
  test.each<[what: string, all: () => Promise<string[]>, told: RegExp]>([
    [
      'because all refuse',
      async () => [CLOSED, `http://127.0.0.2:${CLOSED_PORT}`],
      /: connection refused by 127\.0\.0\.1:4; connection refused by 127\.0\.0\.2:4$/,
    ],
    [
      'for different reasons',
      async () => [CLOSED, await answering({ status: 503 })],
      /: connection refused by 127\.0\.0\.1:4; 127\.0\.0\.1:\d+: HTTP status 503$/,
    ],
    ['because all are silent', async () => [await raw('hang'), await raw('hang')], /: no answer/],
  ])('%s, the job is not delayed, and both events are kept', async (_what, all, told) => {
    const folder = tempDir()
    const spool = join(folder, 'spool')
    const log = join(folder, 'log')
    const env = reportingToAll(await all(), {
      CRONITOR_DELIVER_WITHIN: '1s',
      CRONITOR_SPOOL_DIR: spool,
      CRONITOR_NO_COURIER: '1',
      CRONITOR_LOG: log,
    })
    // Until all have been asked once: then the reason in the warning does not depend on the time that this takes.
    const isAsked = String(told).includes('no answer') ? 'true' : `grep -qs 'trying again' ${log}`
    const { status, stderr } = await exec(['nightly', `until ${isAsked}; do sleep 0.02; done; exit 6`], env)
    expect(status).toBe(6)
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/^cronitor-exec: run and fail could not be/)])
    expect(String(stderr).trim()).toMatch(told)
    expect(keptIn(spool)).toBe(2)
  })

  test('the job is done before the second one is asked', async () => {
    const folder = tempDir()
    const first = await apiForTest({
      respond: async () => {
        await untilFile(join(folder, 'acted'))
        return { status: 503 }
      },
    })
    const second = await apiForTest()
    const env = reportingToAll([first.url, second.url], { CRONITOR_DELIVER_WITHIN: '30s' })
    const { stderr } = await exec(['nightly', `: > ${folder}/acted`], env)
    expect(String(stderr)).toBe('')
    expect(statesOf(second.events())).toEqual(['run', 'complete'])
  })
})

describe('what was kept for several addresses', () => {
  /** A run and a ping, with both addresses away. */
  async function kept(): Promise<{ spool: string; at: (urls: readonly string[]) => Environment }> {
    const spool = join(tempDir(), 'spool')
    const at = (urls: readonly string[]) => reportingToAll(urls, { CRONITOR_SPOOL_DIR: spool })
    const down = {
      ...at([CLOSED, `${CLOSED}/other`]),
      CRONITOR_DELIVER_WITHIN: '0',
      CRONITOR_NO_COURIER: '1',
    }
    await exec(['nightly', 'true'], down)
    await cronitor(['ping', 'nightly', '--ok'], down)
    expect(keptIn(spool)).toBe(3)
    return { spool, at }
  }

  test('is delivered by a flush once one of them answers', async () => {
    const { spool, at } = await kept()
    const api = await apiForTest()
    const { status, stdout } = await cronitor(['spool', 'flush'], at([CLOSED, api.url]))
    expect({ status, stdout: String(stdout) }).toEqual({ status: 0, stdout: '3 delivered, 0 left\n' })
    expect(statesOf(api.events()).filter(state => state !== 'ok')).toEqual(['run', 'complete'])
    expect(waitingIn(spool)).toBe(0)
  })

  test('is delivered by the courier of the next run', async () => {
    const { spool, at } = await kept()
    const api = await apiForTest()
    await exec(['later', 'true'], { ...at([await raw('hang'), api.url]), CRONITOR_DELIVER_WITHIN: '15s' })
    await until('the courier has delivered all', () => api.events('nightly').length === 3)
    await until('the courier has left', () => courierOf(spool, KEY) === undefined)
    expect(waitingIn(spool)).toBe(0)
  })

  test('is delivered by the next run itself if it may start no courier', async () => {
    const { spool, at } = await kept()
    const api = await apiForTest()
    await exec(['later', 'true'], { ...at([CLOSED, api.url]), CRONITOR_NO_COURIER: '1' })
    expect(api.events('nightly')).toHaveLength(3)
    expect(waitingIn(spool)).toBe(0)
  })
})

/** The states of each series that were taken, in the order of their arrival at any address. */
function takenBySeries(apis: readonly FakeApi[]): (string | null)[][] {
  const series = new Map<string, RecordedRequest[]>()
  const all = apis.flatMap(api => api.events()).filter(({ answered }) => answered === 200)
  for (const event of all.toSorted((one, other) => one.arrivedAt - other.arrivedAt)) {
    const name = event.params.get('series') ?? ''
    series.set(name, [...(series.get(name) ?? []), event])
  }
  return [...series.values()].map(statesOf)
}

describe('addresses that come and go', () => {
  /** Each fails for four requests, and works for four, the two of them in turns. */
  const flapping = async () => {
    const failures: readonly Answer[] = [{ status: 503 }, 'reset', { status: 502 }, 'garbage']
    const one = await apiForTest({
      respond: (_request, index) => (index % 8 < 4 ? (failures[index % 4] ?? 'reset') : { status: 200 }),
    })
    const other = await apiForTest({
      respond: (_request, index) => (index % 8 < 4 ? { status: 200 } : (failures[index % 4] ?? 'reset')),
    })
    return [one, other] as const
  }

  test('have each event of a queue once, and those of a series in order', async () => {
    const apis = await flapping()
    const spool = join(tempDir(), 'spool')
    const events = Array.from({ length: 20 }, (_, index) => seriesOf(`job-${index % 4}`, `s${index}`)).flat()
    fillQueue(spool, events, KEY)
    const urls = apis.map(({ url }) => url)
    const env = reportingToAll(urls, { CRONITOR_SPOOL_DIR: spool, CRONITOR_DELIVER_WITHIN: '30s' })
    const { stdout } = await cronitor(['spool', 'flush'], env, { timeoutMs: 170_000 })
    expect(String(stdout)).toBe('40 delivered, 0 left\n')
    expect(takenBySeries(apis)).toEqual(Array(20).fill(['run', 'complete']))
  }, 180_000)

  test('have both events of each run, in order', async () => {
    const apis = await flapping()
    const env = reportingToAll(apis.map(({ url }) => url))
    for (let run = 0; run < 6; run += 1)
      expect(await exec(['nightly', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(takenBySeries(apis)).toEqual(Array(6).fill(['run', 'complete']))
  })
})

describe('one wrong address of several', () => {
  const list = 'https://one.example,two.example'
  const problem = 'expected an http:// or https:// address without user name, password, query or fragment'

  test('on the command line is one line, and the job is not run', async () => {
    const { status, stdout, stderr } = await exec(['--url', list, 'nightly', 'echo ran'], {})
    expect({ status, stdout: String(stdout) }).toEqual({ status: 125, stdout: '' })
    expect(linesOf(stderr)[0]).toContain(problem)
    expect(linesOf(stderr).length).toBeLessThanOrEqual(2)
  })

  test('in the environment is one warning, the job runs, and its events are kept', async () => {
    const spool = join(tempDir(), 'spool')
    const env = reportingTo({ url: list }, { CRONITOR_SPOOL_DIR: spool })
    const { status, stdout, stderr } = await exec(['nightly', 'echo ran'], env)
    expect({ status, stdout: String(stdout) }).toEqual({ status: 0, stdout: 'ran\n' })
    expect(linesOf(stderr)).toEqual([
      `cronitor-exec: CRONITOR_TELEMETRY_URL: ${problem}, not "${list}"; events are kept in the spool until that is fixed`,
    ])
    expect(keptIn(spool)).toBe(2)
  })
})

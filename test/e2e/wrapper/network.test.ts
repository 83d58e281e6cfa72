/** Whatever the network does, the job starts, prints and ends as it would have, and the wrapper leaves in time. */

import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Answer, FakeApi } from '../../support/fake-api.ts'
import { httpProxyForTest } from '../../support/http-proxy.ts'
import { KEY } from '../../support/key.ts'
import { CLOSED_PORT } from '../../support/own-port.ts'
import { startRawServer } from '../../support/raw-server.ts'
import { paths, type RunResult } from '../../support/run.ts'
import { tempDir } from '../../support/temp.ts'
import { type Authority, hasOpenssl, makeAuthority, tlsFront } from '../../support/tls.ts'
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

/** The stay in most tests. A wrapper that waits for what never comes is not over in the time that `run` has for it. */
const WITHIN = '1s'
const WITHIN_MS = 1000

/** Prints, leaves a file behind, and ends with a status that nothing else has. */
function jobIn(folder: string, waits = ''): string {
  return `: > ${folder}/acted; ${waits}echo out; echo err >&2; : > ${folder}/ended; exit 6`
}

/**
 * The same job, and what it needs in the environment to last until the first try has ended: then the reason in the warning
 * does not depend on the time that the try took.
 */
function patientJobIn(folder: string): { job: string; env: Record<string, string> } {
  const log = join(folder, 'log')
  const job = jobIn(folder, `until [ -s ${log} ]; do sleep 0.02; done; `)
  return { job, env: { CRONITOR_LOG: log, CRONITOR_DELIVER_WITHIN: '200ms' } }
}

function expectUnharmed(result: RunResult, folder: string): string[] {
  expect(existsSync(join(folder, 'ended'))).toBe(true)
  expect(result).toMatchObject({ status: 6, signal: null })
  expect(String(result.stdout)).toBe('out\n')
  const [first, ...own] = linesOf(result.stderr)
  expect(first).toBe('err')
  expect(String(result.stderr)).not.toContain(KEY.slice(0, 8))
  return own
}

describe('the job acts before the API has answered anything, and ends as it does without it', () => {
  test.each<{ what: string; answer: Answer; told: RegExp }>([
    {
      what: 'never answers',
      answer: 'hang',
      told: /run and fail could not be delivered within 1s.*: no answer/,
    },
    {
      what: 'resets the connection',
      answer: 'reset',
      told: /run and fail could not be.*: connection closed by/,
    },
    { what: 'answers garbage', answer: 'garbage', told: /run and fail could not be.*: .*not HTTP/ },
    { what: 'answers 500', answer: { status: 500 }, told: /run and fail could not be.*: HTTP status 500/ },
    { what: 'answers 503', answer: { status: 503, body: 'x'.repeat(100_000) }, told: /HTTP status 503/ },
    { what: 'answers 408', answer: { status: 408 }, told: /run and fail could not be.*: HTTP status 408/ },
    { what: 'answers 425', answer: { status: 425 }, told: /run and fail could not be.*: HTTP status 425/ },
    { what: 'answers 429', answer: { status: 429 }, told: /run and fail could not be.*: HTTP status 429/ },
    {
      what: 'answers 429 for a long time',
      answer: { status: 429, headers: { 'retry-after': '60' } },
      told: /run and fail could not be.*: HTTP status 429/,
    },
    { what: 'answers 400', answer: { status: 400 }, told: /refused with HTTP status 400: a parameter/ },
    {
      what: 'answers 401',
      answer: { status: 401 },
      told: /refused with HTTP status 401: the API key is wrong/,
    },
    {
      what: 'answers 403',
      answer: { status: 403 },
      told: /refused with HTTP status 403: the API key is wrong or/,
    },
    {
      what: 'answers 404',
      answer: { status: 404 },
      told: /refused with HTTP status 404: there is no such monitor/,
    },
    {
      what: 'answers 414',
      answer: { status: 414 },
      told: /refused with HTTP status 414: the request is too long/,
    },
    { what: 'answers 301', answer: { status: 301 }, told: /refused with HTTP status 301: a redirect/ },
    { what: 'answers 304', answer: { status: 304 }, told: /refused with HTTP status 304: a redirect/ },
  ])('when it $what', async ({ answer, told }) => {
    const folder = tempDir()
    const api = await apiForTest({
      // The answer waits for the job's first act: if the start waited for the network, nothing would ever go on.
      respond: async () => {
        await untilFile(join(folder, 'acted'))
        return answer
      },
    })
    const { job, env } = patientJobIn(folder)
    // Both events must be refused.
    const within = String(told).includes('refused') ? { CRONITOR_DELIVER_WITHIN: '20s' } : {}
    const result = await (answer === 'hang'
      ? exec(['nightly', jobIn(folder)], reportingTo(api, { CRONITOR_DELIVER_WITHIN: WITHIN }))
      : exec(['nightly', job], reportingTo(api, { ...env, ...within })))
    expect(expectUnharmed(result, folder)).toEqual([expect.stringMatching(told)])
    expect(api.events()[0]?.state).toBe('run')
  })

  test('when its answer begins and never ends: the status counts', async () => {
    const folder = tempDir()
    const api = await apiForTest({
      respond: async () => {
        await untilFile(join(folder, 'acted'))
        return 'hang-after-headers' as const
      },
    })
    const result = await exec(['nightly', jobIn(folder)], reportingTo(api))
    expect(expectUnharmed(result, folder)).toEqual([])
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
  })

  test.each(['hang', 'reset', 'garbage', 'close'] as const)(
    'when the server does this at once: %s',
    async fault => {
      const folder = tempDir()
      const server = await startRawServer(fault)
      try {
        const env = reportingTo(server, { CRONITOR_DELIVER_WITHIN: WITHIN })
        const result = await exec(['nightly', jobIn(folder)], env)
        expect(expectUnharmed(result, folder)).toEqual([
          expect.stringMatching(/^cronitor-exec: run and fail could not/),
        ])
        if (fault === 'hang') expect(result.elapsedMs).toBeGreaterThan(WITHIN_MS)
      } finally {
        await server.close()
      }
    },
  )

  test('when nobody listens', async () => {
    const folder = tempDir()
    const url = `http://127.0.0.1:${CLOSED_PORT}`
    const { job, env } = patientJobIn(folder)
    const result = await exec(['nightly', job], reportingTo({ url }, env))
    expect(expectUnharmed(result, folder)).toEqual([
      expect.stringMatching(/run and fail could not .*: connection refused by 127\.0\.0\.1:\d+$/),
    ])
  })

  test('when its name cannot be found', async () => {
    const folder = tempDir()
    const env = reportingTo({ url: 'https://telemetry.invalid' }, { CRONITOR_DELIVER_WITHIN: WITHIN })
    const result = await exec(['nightly', jobIn(folder)], env)
    expect(expectUnharmed(result, folder)).toEqual([
      // A resolver that does not answer is still busy at the delivery deadline.
      expect.stringMatching(/run and fail could not .*: (host name telemetry\.invalid not found|no answer)/),
    ])
  })

  // Before 22.15, Node.js has no execve, and names are looked up in a process of its own.
  const hasExecve = String(execFileSync(paths.node, ['-p', 'typeof process.execve'])) === 'function\n'
  test.skipIf(!hasExecve)('while a thread waits for the name server', async () => {
    const folder = tempDir()
    const fifo = join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const patch = join(folder, 'patch.cjs')
    writeFileSync(patch, `require('dns').lookup = () => require('fs').open('${fifo}', 'r', () => {})\n`)
    const node = join(folder, 'node')
    writeFileSync(node, `#!/bin/sh\nexec '${paths.node}' --require '${patch}' "$@"\n`, { mode: 0o755 })
    const env = reportingTo(
      { url: 'https://telemetry.invalid' },
      { CRONITOR_DELIVER_WITHIN: WITHIN, CRONITOR_NODE: node },
    )
    const result = await exec(['nightly', jobIn(folder)], env)
    expect(expectUnharmed(result, folder)).toEqual([expect.stringContaining('run and fail could not')])
    const ping = await cronitor(['ping', 'nightly', '--ok'], env)
    expect(ping.status).toBe(0)
  })
})

test('the whole job is done before the first request is answered', async () => {
  const folder = tempDir()
  const api = await apiForTest({
    respond: async () => {
      await untilFile(join(folder, 'ended'))
      return { status: 200 }
    },
  })
  const env = reportingTo(api, { CRONITOR_DELIVER_WITHIN: '30s' })
  expect(expectUnharmed(await exec(['nightly', jobIn(folder)], env), folder)).toEqual([])
  expect(statesOf(api.events())).toEqual(['run', 'fail'])
})

test('output reaches its reader while the API hangs', async () => {
  const folder = tempDir()
  const api = await apiForTest({ respond: () => 'hang' })
  const running = startExec(
    ['nightly', `echo early; while ! [ -e ${folder}/go ]; do sleep 0.02; done`],
    reportingTo(api, { CRONITOR_DELIVER_WITHIN: '0' }),
  )
  await new Promise(resolve => running.stdout?.once('data', resolve))
  expect(String(running.output().stdout)).toBe('early\n')
  await api.waitFor(events => events.length === 1)
  await exec(['other', `: > ${folder}/go`], {})
  expect(await running.done).toMatchObject({ status: 0 })
})

test('--deliver-within 0 exits at once', async () => {
  const api = await apiForTest({ respond: () => 'hang' })
  const { status, stderr } = await exec(
    ['--deliver-within', '0', 'nightly', 'true'],
    reportingTo(api, { CRONITOR_DELIVER_WITHIN: '1h' }),
  )
  expect(status).toBe(0)
  expect(linesOf(stderr)).toHaveLength(1)
})

describe('an API that recovers within the time', () => {
  const failTwice =
    (api: () => FakeApi, state: string, failure: Answer) => (event: { state: string | null }) => {
      if (event.state !== state) return { status: 200 }
      const tries = api()
        .events()
        .filter(other => other.state === state)
      return tries.length <= 2 ? failure : { status: 200 }
    }

  test.each<{ what: string; failure: Answer }>([
    { what: 'status 503', failure: { status: 503 } },
    { what: 'status 429 without Retry-After', failure: { status: 429 } },
    { what: 'garbage', failure: 'garbage' },
    { what: 'a reset', failure: 'reset' },
  ])('has both events in order, after two failures with $what for run', async ({ failure }) => {
    const api: FakeApi = await apiForTest({ respond: event => failTwice(() => api, 'run', failure)(event) })
    const env = reportingTo(api, { CRONITOR_DELIVER_WITHIN: '20s' })
    const { status, stderr } = await exec(['nightly', 'exit 2'], env)
    expect({ status, stderr: String(stderr) }).toEqual({ status: 2, stderr: '' })
    expect(statesOf(api.events())).toEqual(['run', 'run', 'run', 'fail'])
  })

  test('has the end after two failures of it', async () => {
    const api: FakeApi = await apiForTest({
      respond: event => failTwice(() => api, 'complete', { status: 502 })(event),
    })
    const env = reportingTo(api, { CRONITOR_DELIVER_WITHIN: '20s' })
    expect(await exec(['nightly', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(statesOf(api.events())).toEqual(['run', 'complete', 'complete', 'complete'])
    expect(new Set(api.events().map(({ params }) => params.get('series'))).size).toBe(1)
  })

  test('is waited for as long as Retry-After says', async () => {
    const api: FakeApi = await apiForTest({
      respond: (_event, index) =>
        index === 0 ? { status: 429, headers: { 'retry-after': '2' } } : { status: 200 },
    })
    const env = reportingTo(api, { CRONITOR_DELIVER_WITHIN: '30s' })
    expect(await exec(['nightly', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    const [first, second, third] = api.events()
    expect(statesOf(api.events())).toEqual(['run', 'run', 'complete'])
    expect((second?.arrivedAt ?? 0) - (first?.arrivedAt ?? 0)).toBeGreaterThan(1950)
    expect(third).toBeDefined()
  })

  test('is not waited for if Retry-After is past the deadline', async () => {
    const api = await apiForTest({ respond: () => ({ status: 503, headers: { 'retry-after': '7200' } }) })
    const env = reportingTo(api, { CRONITOR_DELIVER_WITHIN: '1h' })
    const { stderr } = await exec(['nightly', 'true'], env)
    expect(linesOf(stderr)).toHaveLength(1)
    expect(api.events()).toHaveLength(1)
  })

  test('after a long time, while the job runs, hears of the run before the end of the job', async () => {
    const folder = tempDir()
    let down = true
    const api = await apiForTest({ respond: () => ({ status: down ? 503 : 200 }) })
    const running = startExec(
      ['nightly', `while ! [ -e ${folder}/go ]; do sleep 0.02; done`],
      reportingTo(api, { CRONITOR_DELIVER_WITHIN: '20s' }),
    )
    await api.waitFor(events => events.length >= 4)
    down = false
    await api.waitFor(events => events.some(({ answered }) => answered === 200))
    expect(new Set(statesOf(api.events()))).toEqual(new Set(['run']))
    await exec(['other', `: > ${folder}/go`], {})
    expect(await running.done).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(api.events().at(-1)?.state).toBe('complete')
  })
})

test('a run that is refused for good does not hold up the end', async () => {
  const api = await apiForTest({ respond: ({ state }) => ({ status: state === 'run' ? 400 : 200 }) })
  const { status, stderr } = await exec(['nightly', 'exit 4'], reportingTo(api))
  expect(status).toBe(4)
  expect(statesOf(api.events())).toEqual(['run', 'fail'])
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/^cronitor-exec: .*HTTP status 400/)])
})

test.each([201, 202, 204])('%i is as good as 200', async status => {
  const api = await apiForTest({ respond: () => ({ status }) })
  expect(await exec(['nightly', 'true'], reportingTo(api))).toMatchObject({
    status: 0,
    stderr: Buffer.alloc(0),
  })
  expect(statesOf(api.events())).toEqual(['run', 'complete'])
})

test.each([301, 302, 303, 307, 308])(
  'a redirect with %i is not followed, neither away nor back',
  async status => {
    const elsewhere = await apiForTest()
    for (const target of ['elsewhere', 'here'] as const) {
      const api: FakeApi = await apiForTest({
        respond: ({ target: asked }) => ({
          status,
          headers: { location: `${target === 'elsewhere' ? elsewhere.url : api.url}${asked}` },
        }),
      })
      const { status: own, stderr } = await exec(['nightly', 'true'], reportingTo(api))
      expect(own).toBe(0)
      expect(linesOf(stderr)).toEqual([
        expect.stringMatching(new RegExp(`HTTP status ${status}: a redirect`)),
      ])
      expect(String(stderr)).not.toContain(KEY.slice(-8))
      expect(statesOf(api.events())).toEqual(['run', 'complete'])
    }
    expect(elsewhere.events()).toEqual([])
  },
)

describe('ping', () => {
  test.each<{ what: string; answer: Answer; told: RegExp; kept: number }>([
    {
      what: 'refused',
      answer: { status: 403 },
      told: /^cronitor: .*HTTP status 403: the API key is wrong/,
      kept: 1,
    },
    {
      what: 'answered with 500',
      answer: { status: 500 },
      told: /^cronitor: ok could not .*within 1s and is kept in the spool: HTTP status 500/,
      kept: 0,
    },
    {
      what: 'not answered',
      answer: 'hang',
      told: /^cronitor: ok could not .*within 1s and is kept in the spool: no answer/,
      kept: 0,
    },
  ])(
    'that is $what ends with $kept, and with 1 without a spool, and one line',
    async ({ answer, told, kept }) => {
      const api = await apiForTest({ respond: () => answer })
      const args = ['ping', '--deliver-within', WITHIN, 'nightly', '--ok']
      const { status, stdout, stderr } = await cronitor(args, reportingTo(api))
      expect(status).toBe(kept)
      expect(String(stdout)).toBe('')
      expect(linesOf(stderr)).toEqual([expect.stringMatching(told)])
      const without = await cronitor(['--no-spool', ...args], reportingTo(api))
      expect(without.status).toBe(1)
      expect(linesOf(without.stderr)).toEqual([
        expect.stringMatching(/^cronitor: (the event was refused|.* is lost: )/),
      ])
    },
  )

  test('is tried again and then ends with 0', async () => {
    const api = await apiForTest({ respond: (_event, index) => ({ status: index < 2 ? 503 : 200 }) })
    const args = ['ping', '--deliver-within', '20s', 'nightly', '--ok']
    expect(await cronitor(args, reportingTo(api))).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(api.events()).toHaveLength(3)
  })
})

describe.skipIf(!hasOpenssl())('TLS (skipped without openssl, which makes the certificates)', () => {
  let authority: Authority
  beforeAll(() => {
    authority = makeAuthority()
  })

  test('with a private authority works if NODE_EXTRA_CA_CERTS names it', async () => {
    const api = await apiForTest()
    const { port } = await tlsFront(authority.issue('IP:127.0.0.1'), api.port)
    const env = reportingTo({ url: `https://127.0.0.1:${port}` }, { NODE_EXTRA_CA_CERTS: authority.caFile })
    expect(await exec(['nightly', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(await cronitor(['ping', 'nightly', '--ok'], env)).toMatchObject({
      status: 0,
      stderr: Buffer.alloc(0),
    })
    expect(statesOf(api.events())).toEqual(['run', 'complete', 'ok'])
  })

  test.each([
    {
      what: 'of an unknown authority',
      names: 'IP:127.0.0.1',
      when: 'now',
      trusted: false,
      told: /authority is unknown|unknown authority|self-signed/,
    },
    {
      what: 'for another host',
      names: 'DNS:other.example,IP:127.0.0.2',
      when: 'now',
      trusted: true,
      told: /for another host name/,
    },
    {
      what: 'that has expired',
      names: 'IP:127.0.0.1',
      when: 'long ago',
      trusted: true,
      told: /it has expired/,
    },
  ] as const)(
    'with a certificate $what is never accepted, with a warning',
    async ({ names, when, trusted, told }) => {
      const folder = tempDir()
      const api = await apiForTest()
      const { port } = await tlsFront(authority.issue(names, when), api.port)
      const { job, env: patience } = patientJobIn(folder)
      const env = reportingTo(
        { url: `https://127.0.0.1:${port}` },
        { ...patience, ...(trusted && { NODE_EXTRA_CA_CERTS: authority.caFile }) },
      )
      const result = await exec(['nightly', job], env)
      expect(expectUnharmed(result, folder)).toEqual([expect.stringMatching(told)])
      expect(api.events()).toEqual([])
    },
  )

  test('with a server that speaks no TLS gives a warning', async () => {
    const folder = tempDir()
    const server = await startRawServer('garbage')
    try {
      const { job, env: patience } = patientJobIn(folder)
      const env = reportingTo({ url: `https://127.0.0.1:${server.port}` }, patience)
      const result = await exec(['nightly', job], env)
      expect(expectUnharmed(result, folder)).toEqual([
        expect.stringMatching(/TLS with 127\.0\.0\.1:\d+ failed|connection closed by/),
      ])
    } finally {
      await server.close()
    }
  })

  test('goes through the tunnel of HTTPS_PROXY, which sees the host name alone', async () => {
    const api = await apiForTest()
    const { port } = await tlsFront(authority.issue('DNS:telemetry.invalid'), api.port)
    const proxy = await httpProxyForTest({ toPort: port })
    const env = reportingTo(
      { url: 'https://telemetry.invalid' },
      {
        HTTPS_PROXY: proxy.url.replace('//', '//me:pass%20word@'),
        HTTP_PROXY: 'http://127.0.0.1:1',
        NODE_EXTRA_CA_CERTS: authority.caFile,
      },
    )
    expect(await exec(['nightly', 'exit 3'], env)).toMatchObject({ status: 3, stderr: Buffer.alloc(0) })
    expect(statesOf(api.events())).toEqual(['run', 'fail'])
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT telemetry.invalid:443']))
    expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('me:pass word').toString('base64')}`)
    expect(api.events()[0]?.headers['proxy-authorization']).toBeUndefined()
  })

  test.each([403, 407, 502])(
    'through a proxy that answers CONNECT with %i gives a warning',
    async refuseWith => {
      const folder = tempDir()
      const proxy = await httpProxyForTest({ toPort: 1, refuseWith })
      const { job, env: patience } = patientJobIn(folder)
      const env = reportingTo({ url: 'https://telemetry.invalid' }, { ...patience, HTTPS_PROXY: proxy.url })
      const result = await exec(['nightly', job], env)
      expect(expectUnharmed(result, folder)).toEqual([
        expect.stringMatching(
          refuseWith === 407 ? /407.*user name and a password/ : `proxy 127.0.0.1:.*${refuseWith}`,
        ),
      ])
    },
  )
})

describe('HTTP_PROXY', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])(
    'as %s is used for plain HTTP, with the whole address',
    async name => {
      const api = await apiForTest()
      const proxy = await httpProxyForTest({ toPort: api.port })
      const env = reportingTo({ url: 'http://telemetry.invalid:8080' }, { [name]: proxy.url })
      expect(await exec(['nightly', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
      expect(statesOf(api.events())).toEqual(['run', 'complete'])
      expect(proxy.asked).toEqual(Array(2).fill('GET http://telemetry.invalid:8080'))
    },
  )

  test.each(['127.0.0.1', '127.0.0.0/8', '*', 'example.com, 127.0.0.1'])(
    'is not used if NO_PROXY is %s',
    async list => {
      const api = await apiForTest()
      const proxy = await httpProxyForTest({ toPort: api.port })
      const env = reportingTo(api, { HTTP_PROXY: proxy.url, NO_PROXY: list })
      expect(await exec(['nightly', 'true'], env)).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
      expect(proxy.asked).toEqual([])
      expect(statesOf(api.events())).toEqual(['run', 'complete'])
    },
  )

  test('is used if NO_PROXY names other hosts', async () => {
    const api = await apiForTest()
    const proxy = await httpProxyForTest({ toPort: api.port })
    const env = reportingTo(api, { HTTP_PROXY: proxy.url, NO_PROXY: '10.0.0.0/8,example.com' })
    await exec(['nightly', 'true'], env)
    expect(proxy.asked).toHaveLength(2)
  })

  test('that asks for a password gives a warning, and the job runs', async () => {
    const folder = tempDir()
    const proxy = await httpProxyForTest({ toPort: 1, refuseWith: 407 })
    const { job, env: patience } = patientJobIn(folder)
    const env = reportingTo({ url: 'http://telemetry.invalid' }, { ...patience, HTTP_PROXY: proxy.url })
    const result = await exec(['nightly', job], env)
    expect(expectUnharmed(result, folder)).toEqual([expect.stringMatching(/HTTP status 407.*proxy/)])
  })

  test('that nobody listens at gives a warning with its address', async () => {
    const folder = tempDir()
    const port = CLOSED_PORT
    const { job, env: patience } = patientJobIn(folder)
    const env = reportingTo(
      { url: 'http://telemetry.invalid' },
      { ...patience, HTTP_PROXY: `http://me:secret-word@127.0.0.1:${port}` },
    )
    const result = await exec(['nightly', job], env)
    expect(expectUnharmed(result, folder)).toEqual([expect.stringMatching(`127.0.0.1:${port}`)])
    expect(String(result.stderr)).not.toContain('secret-word')
  })

  test.each(['http://[', 'socks5://127.0.0.1:1080'])(
    'of %s is one warning and nothing is sent',
    async value => {
      const folder = tempDir()
      const api = await apiForTest()
      const env = reportingTo(api, { HTTP_PROXY: value, CRONITOR_DELIVER_WITHIN: WITHIN })
      const result = await exec(['nightly', jobIn(folder)], env)
      expect(expectUnharmed(result, folder)).toEqual([expect.stringMatching(/HTTP_PROXY/)])
      expect(api.events()).toEqual([])
    },
  )
})

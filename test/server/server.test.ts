import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRoutes } from '../../src/server/all-routes.ts'
import { createIgnoredCounter } from '../../src/server/http/ignored-counter.ts'
import { createRateLimits, noRateLimits } from '../../src/server/ingest/rate-limits.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import type { ReceivedEvent } from '../../src/server/store/event.ts'
import type { Store } from '../../src/server/store/store.ts'
import { checkRequest } from '../support/api-validator.ts'
import { testStore } from './store/support.ts'

let store: Store
let collector: RunningServer
const open: RunningServer[] = []

beforeEach(async () => {
  store = await testStore()
  collector = await start({ limits: noRateLimits })
})

afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close(0)))
})

async function start(options: Partial<Parameters<typeof startServer>[0]>): Promise<RunningServer> {
  const server = await startServer({
    port: 0,
    store,
    limits: noRateLimits,
    isStrict: true,
    wallClock: () => 1234,
    ...options,
  })
  open.push(server)
  return server
}

/** All that was recorded, without the ids of the store. */
async function recorded(): Promise<ReceivedEvent[]> {
  return (await store.events({ after: 0, limit: 1000 })).map(({ id: _, ...event }) => event)
}

const send = (method: string, path: string, init: RequestInit = {}) =>
  fetch(`${collector.url}${path}`, { method, ...init })

describe('each operation records its event', () => {
  test.each([
    ['GET', '/p/some-key/a%2Fb?state=fail&host=h&env=e&series=s&status_code=3&message=m&metric=duration:1.5'],
    [
      'POST',
      '/p/some-key/a%2Fb?state=fail&host=h&env=e&series=s&status_code=3&message=m&metric=duration:1.5',
    ],
    ['HEAD', '/p/some-key/a%2Fb?state=fail&env=e&series=s&status_code=3&message=m&metric=duration:1.5'],
    ['GET', '/a%2Fb?state=fail&series=s&message=m&metric=duration:1.5'],
  ])('%s %s', async (method, path) => {
    const response = await send(method, path)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(method === 'HEAD' ? '' : '{"ok":true}\n')
    const keyed = path.startsWith('/p/') ? { env: 'e', statusCode: 3 } : {}
    const host = path.includes('host=') ? { host: 'h' } : {}
    expect(await recorded()).toEqual([
      {
        receivedAt: 1234,
        monitorKey: 'a/b',
        state: 'fail',
        series: 's',
        message: 'm',
        metrics: [{ name: 'duration', value: 1.5 }],
        ...keyed,
        ...host,
      },
    ])
    expect(checkRequest({ method, url: path, headers: {} })).toEqual([])
  })
})

describe('a refused request records nothing and says why', () => {
  test.each([
    ['GET', '/p/k/job?state=walk', 400, 'state'],
    ['GET', '/p/k/job?state=run&message=%ff', 400, 'message'],
    ['GET', '/p/k/a%20b?state=run', 400, 'monitorKey'],
    ['GET', '/p/k/%ff?state=run', 400, undefined],
    ['GET', '/p/k/job/?state=run', 404, undefined],
    ['GET', '/p/k?state=run', 404, undefined],
    ['GET', '/?state=run', 404, undefined],
    ['GET', `/p/k/job?state=run&series=${'s'.repeat(9000)}`, 414, undefined],
    ['DELETE', '/p/k/job?state=run', 405, undefined],
    ['POST', '/job?state=run', 405, undefined],
  ])('%s %.40s: %i', async (method, path, status, parameter) => {
    const response = await send(method, path)
    expect(response.status).toBe(status)
    const body = (await response.json()) as Record<string, unknown>
    expect(body).toEqual({ error: expect.any(String), ...(parameter !== undefined && { parameter }) })
    expect(await recorded()).toEqual([])
  })

  test('a HEAD request, without a body', async () => {
    const response = await send('HEAD', '/p/k/job?state=walk')
    expect(response.status).toBe(400)
    expect(await response.text()).toBe('')
  })
})

test('an unsupported method is answered with the supported ones', async () => {
  expect((await send('PUT', '/p/k/job?state=run')).headers.get('allow')).toBe('GET, POST, HEAD')
  expect((await send('HEAD', '/job?state=run')).headers.get('allow')).toBe('GET')
})

test('a body is discarded up to 64 KiB, and refused above', async () => {
  const path = '/p/k/job?state=run'
  expect((await send('POST', path, { body: 'x'.repeat(64 * 1024) })).status).toBe(200)
  expect((await send('POST', path, { body: 'x'.repeat(64 * 1024 + 1) })).status).toBe(413)
  expect((await send('POST', path)).status).toBe(200)
  expect(await recorded()).toHaveLength(2)
})

test('an endless body is answered before it ends', async () => {
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const head = 'POST /p/k/job?state=run HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n'
  expect(await exchange(collector.port, Buffer.from(head + chunk.repeat(20)))).toMatch(/^HTTP\/1.1 413 /)
})

test.each([
  ['localhost', 200],
  ['LOCALHOST:1', 200],
  ['127.0.0.1:65535', 200],
  ['[::1]:8080', 200],
  ['example.com', 403],
  ['localhost.example.com', 403],
  ['127.0.0.1.example.com:80', 403],
  ['localhost:80@example.com', 403],
  ['', 403],
])('Host: %s is answered with %i', async (host, status) => {
  const answer = await exchange(collector.port, request('/job?state=run', `host: ${host}`))
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

test('two Host headers are an error, and a host in the target takes precedence over Host', async () => {
  const twice = request('/job?state=run', 'host: localhost\r\nhost: localhost')
  expect(await exchange(collector.port, twice)).toMatch(/^HTTP\/1.1 400 /)
  const foreign = request('http://example.com/job?state=run', 'host: localhost')
  expect(await exchange(collector.port, foreign)).toMatch(/^HTTP\/1.1 403 /)
  const own = request('http://localhost/job?state=run', 'host: example.com')
  expect(await exchange(collector.port, own)).toMatch(/^HTTP\/1.1 200 /)
})

test('headers that are too large are refused', async () => {
  const answer = await exchange(
    collector.port,
    request('/job?state=run', `host: localhost\r\nx: ${'x'.repeat(140_000)}`),
  )
  expect(answer).toMatch(/^HTTP\/1.1 431 /)
})

test('the limit of an endpoint counts invalid requests too, for any method, and sends Retry-After', async () => {
  let now = 0
  collector = await start({ limits: createRateLimits(), clock: () => now })
  for (let count = 0; count < 5; count += 1) {
    expect((await send('GET', '/p/k/job?state=run')).status).toBe(200)
    expect((await send('POST', '/p/k/job?state=walk')).status).toBe(400)
  }
  const refused = await send('HEAD', '/p/k/job?state=run')
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect((await send('GET', '/p/other/job?state=run')).status).toBe(200)
  expect((await send('GET', '/job?state=run')).status).toBe(200)
  now += 200
  expect((await send('GET', '/p/k/job?state=run')).status).toBe(200)
  expect((await send('GET', '/p/k/job?state=run')).status).toBe(429)
})

test('an API key in the text of an event is not stored', async () => {
  await send(
    'GET',
    '/p/secret-key/job?state=run&message=a+secret-key&series=secret-key&host=secret-key&env=secret-key',
  )
  expect(await recorded()).toHaveLength(1)
  expect(JSON.stringify(await recorded())).not.toContain('secret-key')
})

test('a key of another sender is not stored, nor half of it at the cut of a long message', async () => {
  collector = await start({ isStrict: false })
  await send('GET', '/p/key-of-another-sender/other?state=ok')
  for (let length = 1960; length < 2010; length += 1) {
    const message = `${'x'.repeat(length)}key-of-another-sender${'y'.repeat(2000)}`
    await send('POST', `/p/own-sender-key/job?state=run&message=${message}`)
  }
  const stored = (await recorded()).filter(({ monitorKey }) => monitorKey === 'job')
  expect(stored).toHaveLength(50)
  for (const { message } of stored) expect(message).not.toMatch(/x[key]|[reds]y/)
})

test('a port that is in use rejects', async () => {
  await expect(startServer({ port: collector.port, store, limits: noRateLimits })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

test('closing answers open requests and accepts no new connections', async () => {
  const socket = connect(collector.port, '127.0.0.1')
  socket.write(
    'POST /p/k/job?state=run HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n',
  )
  await new Promise(resolve => socket.once('data', resolve))
  const closed = collector.close(60_000)
  socket.write('{}')
  const answer = await new Promise(resolve => socket.once('data', resolve))
  expect(String(answer)).toMatch(/^HTTP\/1.1 200 /)
  socket.destroy()
  await closed
  await expect(send('GET', '/job?state=run')).rejects.toThrow()
})

test('closing does not wait for a silent client', async () => {
  const socket = connect(collector.port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('connect', resolve))
  socket.write('GET /half')
  await collector.close(10)
  socket.destroy()
})

test.each([
  'application/json',
  'text/plain',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'not a type',
  ';;;',
])('a body of the type %s is discarded', async type => {
  const response = await send('POST', '/p/k/job?state=run', {
    body: '{"half',
    headers: { 'content-type': type },
  })
  expect(response.status).toBe(200)
  expect(await recorded()).toHaveLength(1)
})

describe('an event that waits for the store', () => {
  type Record = Store['record']

  async function startWith(record: Record, options: Partial<Parameters<typeof startServer>[0]> = {}) {
    const warnings: string[] = []
    collector = await start({ store: { ...store, record }, warn: words => warnings.push(words), ...options })
    return warnings
  }

  test('is answered after it is stored', async () => {
    let write = () => {}
    await startWith(() => new Promise(resolve => (write = () => resolve({ kind: 'repeated' }))))
    let status: number | undefined
    const answered = send('GET', '/job?state=run').then(response => {
      status = response.status
    })
    // What comes later is answered meanwhile, so that the first could have been.
    expect((await send('GET', '/job?state=walk')).status).toBe(400)
    expect(status).toBeUndefined()
    write()
    await answered
    expect(status).toBe(200)
  })

  test('is answered 503 if it cannot be stored, with one warning a minute', async () => {
    let now = 0
    const record: Record = async () => {
      throw new Error('the disk is full')
    }
    const warnings = await startWith(record, { clock: () => now })
    for (let each = 0; each < 3; each += 1) {
      const response = await send('GET', '/job?state=run')
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10'])
      expect(await response.json()).toEqual({ error: 'the event could not be stored' })
    }
    expect(warnings).toEqual(['events cannot be stored, and are refused: the disk is full'])
    now += 60_000
    await send('GET', '/job?state=run')
    expect(warnings).toHaveLength(2)
  })

  test('is answered even if the server closes meanwhile', async () => {
    let write = () => {}
    const begun = new Promise<void>(resolve => {
      void startWith(
        () =>
          new Promise(written => {
            write = () => written({ kind: 'repeated' })
            resolve()
          }),
        { clock: () => 0 },
      ).then(() => {
        answered = send('GET', '/job?state=run')
      })
    })
    let answered: Promise<Response> | undefined
    await begun
    const closed = collector.close(1)
    // Longer than the grace that connections without a request have.
    await new Promise(resolve => setTimeout(resolve, 5))
    write()
    expect((await answered)?.status).toBe(200)
    await closed
  })
})

test('a client that closes its side after the request gets its answer', async () => {
  expect(
    await exchange(collector.port, Buffer.from('GET /job?state=run HTTP/1.0\r\nhost: localhost\r\n\r\n')),
  ).toMatch(/^HTTP\/1.1 200 /)
})

test('refused requests are counted by status and reason', async () => {
  const counted: string[] = []
  collector = await start({
    refusals: { count: ({ status, reason }) => counted.push(`${status} ${reason}`), totals: () => [] },
  })
  for (const path of ['/job?state=run', '/job?state=walk', '/%ff', '/p/k']) await send('GET', path)
  await send('PUT', '/job')
  expect(counted).toEqual([
    '400 invalid_parameter',
    '400 malformed',
    '404 no_such_path',
    '405 no_such_method',
  ])
})

test('a client that sends its headers slowly, or nothing, is answered 408 and disconnected', async () => {
  collector = await start({ times: { headersMs: 20, requestMs: 40, lookEveryMs: 10 } })
  for (const begun of [
    '',
    'GET /job?state=run HTTP/1.1\r\nhost:',
    'POST /p/k/job?state=run HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nabc',
  ]) {
    const answer = await new Promise<string>(resolve => {
      const chunks: Buffer[] = []
      const socket = connect(collector.port, '127.0.0.1')
      socket.on('data', chunk => chunks.push(chunk))
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
      socket.on('error', () => {})
      socket.write(begun)
    })
    expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*\{"error":"/)
  }
  expect(await recorded()).toEqual([])
})

test('no request crashes the server or is answered 5xx, and each error is JSON', async () => {
  collector = await start({ createRoutes })
  const piece = fc.constantFrom(
    ...[
      '/',
      'p',
      'ping',
      'api',
      'robots.txt',
      '%',
      '%2F',
      '?',
      '=',
      '&',
      'state',
      'run',
      '%ff',
      '+',
      '..',
      'metric',
      ':',
      '#',
      ';',
      '*',
    ],
  )
  const target = fc.oneof(
    fc.constantFrom('/p/k/job?state=run', '/job?state=ok').map(text => Buffer.from(text)),
    fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
    fc.array(piece, { maxLength: 20 }).map(parts => Buffer.from(`/${parts.join('')}`)),
    fc
      .constantFrom('*', 'http://localhost', 'http://localhost/job?state=run', 'localhost:1', '//')
      .map(text => Buffer.from(text)),
  )
  const method = fc.constantFrom(
    ...Array<string>(6).fill('GET'),
    'POST',
    'HEAD',
    'PUT',
    'DELETE',
    'OPTIONS',
    'PATCH',
    'TRACE',
    'QUERY',
    'PROPFIND',
    'NONSENSE',
  )
  const name = fc.constantFrom(
    'host',
    'origin',
    'sec-fetch-site',
    'authorization',
    'cookie',
    'content-type',
    'accept',
    'accept-version',
    'expect',
    'connection',
    'upgrade',
    'transfer-encoding',
    'content-length',
    'x',
  )
  const value = fc.oneof(
    fc.constantFrom(
      'localhost',
      'close',
      '0',
      '5',
      'chunked',
      '100-continue',
      'websocket',
      'text/html',
      'Basic !',
      '-1',
      '',
    ),
    fc.string({ maxLength: 30 }),
  )
  const headers = fc.array(fc.tuple(name, value), { maxLength: 5 })
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(method, target, headers, async (method, target, headers) => {
      const raw = Buffer.concat([
        Buffer.from(`${method} `),
        target,
        Buffer.from(' HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n'),
        Buffer.from(headers.map(([name, value]) => `${name}: ${value}\r\n`).join(''), 'utf8'),
        Buffer.from('\r\n'),
      ])
      const answer = await exchange(collector.port, raw)
      const [, status, fields = '', body = ''] =
        /^HTTP\/1.1 (\d+) [^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(answer) ?? []
      expect(status).toMatch(/^[1234]\d\d$/)
      statuses.add(Number(status))
      if (method === 'HEAD' || status === '100') return
      const isJson = /^content-type: application\/json/im.test(fields)
      expect(isJson || OTHERS.test(fields), fields).toBe(true)
      if (!isJson) return
      // Another answer may follow, to what stands behind the request.
      const text = body.slice(0, Number(/^content-length: (\d+)\r?$/im.exec(fields)?.[1]))
      const error = expect.objectContaining({ error: expect.any(String) })
      expect(JSON.parse(text)).toEqual(Number(status) >= 400 ? error : expect.any(Object))
    }),
    { numRuns: 500 },
  )
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 403, 404, 405]))
  expect((await send('GET', '/job?state=run')).status).toBe(200)
})

/** Types that the page and /metrics and /robots.txt have. */
const OTHERS = /^content-type: text\/(html|plain)/im

function request(target: string, headers: string): Buffer {
  return Buffer.from(`GET ${target} HTTP/1.1\r\n${headers}\r\nconnection: close\r\n\r\n`)
}

/** Sends bytes on a connection of its own, ends it, and returns all that comes back. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.end(bytes)
  })
}

describe('without --strict', () => {
  beforeEach(async () => {
    collector = await start({ isStrict: false })
  })

  test('an event is recorded although a part of it is wrong, and the answer, a counter and a line say so', async () => {
    const warnings: string[] = []
    const ignoredCounter = createIgnoredCounter(
      text => warnings.push(text),
      () => 0,
    )
    collector = await start({ isStrict: false, ignoredCounter })
    const response = await send('GET', '/p/k/job?state=fail&status_code=x&message=caf%E9')
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        ok: true,
        ignored: [
          { parameter: 'status_code', reason: 'status_code must be an integer' },
          { parameter: 'message', reason: 'bytes that are not UTF-8 became U+FFFD' },
        ],
      },
    ])
    expect(await recorded()).toEqual([
      { receivedAt: 1234, monitorKey: 'job', state: 'fail', metrics: [], message: 'caf\ufffd' },
    ])
    expect(ignoredCounter.totals().filter(({ count }) => count > 0)).toEqual([
      { parameter: 'message', count: 1 },
      { parameter: 'status_code', count: 1 },
    ])
    expect(warnings).toHaveLength(2)
  })

  test('2,000 emoji are recorded, targets of 64 KiB are read, and longer ones are not', async () => {
    const emoji = '\u{1f600}'.repeat(2000)
    const response = await send('GET', `/p/k/job?state=run&message=${encodeURIComponent(emoji)}`)
    expect(await response.json()).toEqual({ ok: true })
    expect((await recorded())[0]?.message).toBe(emoji)
    const target = '/p/k/job?state=run&message='
    const longest = target + 'm'.repeat(64 * 1024 - target.length)
    expect((await send('GET', longest)).status).toBe(200)
    expect((await recorded())[1]?.message).toMatch(/^\[… 63\.5 kB earlier\] m{1979}$/)
    expect((await send('GET', `${longest}m`)).status).toBe(414)
  })

  test('bytes that are not encoded are read as UTF-8, or refused with the reason', async () => {
    const target = Buffer.from(
      'GET /k\u00e4se?state=run&message=\u00e4 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    )
    // Newer versions of Node.js do not parse such a request.
    expect(await exchange(collector.port, target)).toMatch(/\{"ok":true\}|must be percent-encoded/)
  })

  test('a body is discarded whatever its length, and the event is recorded', async () => {
    const target = '/p/k/job?state=run'
    for (const length of [1, 64 * 1024 + 1]) {
      const response = await send('POST', target, { body: 'x'.repeat(length) })
      expect(await response.json()).toEqual({
        ok: true,
        ignored: [{ parameter: 'body', reason: expect.any(String) }],
      })
    }
    expect(await (await send('POST', target)).json()).toEqual({ ok: true })
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const head = 'POST /p/k/job?state=run HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n'
    expect(await exchange(collector.port, Buffer.from(`${head + chunk.repeat(20)}0\r\n\r\n`))).toMatch(
      /^HTTP\/1.1 200 /,
    )
    expect(await recorded()).toHaveLength(4)
  })

  test('a HEAD request is answered without a body', async () => {
    const response = await send('HEAD', '/p/k/job?state=run&stamp=x')
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})

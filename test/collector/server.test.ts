import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ReceivedEvent } from '../../src/collector/event.ts'
import { createLimits, noLimits } from '../../src/collector/limits.ts'
import { type Collector, startCollector } from '../../src/collector/server.ts'
import type { Store } from '../../src/collector/store/store.ts'
import { checkRequest } from '../support/api-validator.ts'
import { testStore } from './store/support.ts'

let store: Store
let collector: Collector
const open: Collector[] = []

beforeEach(async () => {
  store = await testStore()
  collector = await start({ limits: noLimits })
})

afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close(0)))
})

async function start(options: Partial<Parameters<typeof startCollector>[0]>): Promise<Collector> {
  const server = await startCollector({ port: 0, store, limits: noLimits, wallClock: () => 1234, ...options })
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

describe('what is refused records nothing and says why', () => {
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

test('a method that a path does not take is answered with those that it takes', async () => {
  expect((await send('PUT', '/p/k/job?state=run')).headers.get('allow')).toBe('GET, POST, HEAD')
  expect((await send('HEAD', '/job?state=run')).headers.get('allow')).toBe('GET')
})

test('a body is discarded up to 64 KiB and refused above, and the connection survives the former', async () => {
  const path = '/p/k/job?state=run'
  expect((await send('POST', path, { body: 'x'.repeat(64 * 1024) })).status).toBe(200)
  expect((await send('POST', path, { body: 'x'.repeat(64 * 1024 + 1) })).status).toBe(413)
  expect((await send('POST', path)).status).toBe(200)
  expect(await recorded()).toHaveLength(2)
})

test('a body without an end is answered before it ends', async () => {
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

test('two Host headers are a bad request, and the absolute form goes before Host', async () => {
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
    request('/job?state=run', `host: localhost\r\nx: ${'x'.repeat(70_000)}`),
  )
  expect(answer).toMatch(/^HTTP\/1.1 431 /)
})

test('the limit of an endpoint counts what is refused, whatever the method, and says when to come back', async () => {
  let now = 0
  collector = await start({ limits: createLimits(), clock: () => now })
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

test('an API key that is sent as text is not kept', async () => {
  await send(
    'GET',
    '/p/secret-key/job?state=run&message=a+secret-key&series=secret-key&host=secret-key&env=secret-key',
  )
  expect(await recorded()).toHaveLength(1)
  expect(JSON.stringify(await recorded())).not.toContain('secret-key')
})

test('a port that is taken rejects', async () => {
  await expect(startCollector({ port: collector.port, store, limits: noLimits })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

test('closing answers what is under way and lets nobody in any more', async () => {
  const socket = connect(collector.port, '127.0.0.1')
  socket.write(
    'POST /p/k/job?state=run HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n',
  )
  await new Promise(resolve => socket.once('data', resolve))
  const closed = collector.close(10_000)
  socket.write('{}')
  const answer = await new Promise(resolve => socket.once('data', resolve))
  expect(String(answer)).toMatch(/^HTTP\/1.1 200 /)
  socket.destroy()
  await closed
  await expect(send('GET', '/job?state=run')).rejects.toThrow()
})

test('closing does not wait for a client that says nothing', async () => {
  const socket = connect(collector.port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('connect', resolve))
  socket.write('GET /half')
  await collector.close(10)
  socket.destroy()
})

test('no bytes as request target bring it down or are its own fault', async () => {
  const line = fc.uint8Array({ maxLength: 300 })
  const target = fc.array(
    fc.constantFrom('/', 'p', '%', '?', '=', '&', 'state', 'run', '%ff', '+', '..', 'metric', ':'),
    {
      maxLength: 20,
    },
  )
  const arbitrary = fc.oneof(
    line,
    target.map(parts => Buffer.from(`/${parts.join('')}`)),
  )
  await fc.assert(
    fc.asyncProperty(arbitrary, async bytes => {
      const raw = Buffer.concat([
        Buffer.from('GET '),
        bytes,
        Buffer.from(' HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'),
      ])
      const answer = await exchange(collector.port, raw)
      expect(answer).toMatch(/^HTTP\/1.1 [234]\d\d /)
    }),
    { numRuns: 200 },
  )
  expect((await send('GET', '/job?state=run')).status).toBe(200)
})

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

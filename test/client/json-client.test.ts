import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { openReader, type Reader, type ReaderOptions } from '../../src/client/json-client.ts'
import { httpProxyForTest } from '../support/http-proxy.ts'
import { CLOSED_PORT } from '../support/own-port.ts'
import { startRawServer } from '../support/raw-server.ts'
import { listening } from '../support/wrapper.ts'

async function serverOf(listener: RequestListener): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  // By default Node.js closes a connection after five seconds, in which this process may have had no processor.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    requests.push(request)
    listener(request, response)
  })
  const url = await listening(server)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url, requests }
}

async function readerOf(origin: string, more: Partial<ReaderOptions> = {}): Promise<Reader> {
  const reader = await openReader({ origin, apiKey: 'some-key', env: {}, version: '1.2.3', ...more })
  onTestFinished(() => reader.close())
  return reader
}

test('requests share a connection and send the key in a header; the answer is status and JSON', async () => {
  const { url, requests } = await serverOf((_request, response) => response.end('{"a":"é"}'))
  const reader = await readerOf(url)
  const answer = { kind: 'answer', status: 200, json: { a: 'é' } }
  expect(await reader.get('/api/runs?limit=1', 60_000)).toEqual(answer)
  expect(await reader.get('/api/runs', 60_000)).toEqual(answer)
  expect(requests.map(({ method, url: target }) => `${method} ${target}`)).toEqual([
    'GET /api/runs?limit=1',
    'GET /api/runs',
  ])
  expect(requests[0]?.headers).toMatchObject({
    authorization: 'Bearer some-key',
    'user-agent': 'cronitor-exec/1.2.3',
  })
  expect(requests[0]?.socket).toBe(requests[1]?.socket)
})

test('without a key there is no Authorization header', async () => {
  const { url, requests } = await serverOf((_request, response) => response.end('{}'))
  await (await readerOf(url, { apiKey: undefined })).get('/', 60_000)
  expect(requests[0]?.headers.authorization).toBeUndefined()
})

test('a body that is not JSON is undefined; other statuses come with their Retry-After', async () => {
  const { url } = await serverOf((_request, response) =>
    response.writeHead(503, { 'retry-after': '7' }).end('<html>'),
  )
  expect(await (await readerOf(url)).get('/', 60_000)).toEqual({
    kind: 'answer',
    status: 503,
    json: undefined,
    retryAfter: '7',
  })
})

test('a redirect is an answer, and is not followed', async () => {
  const other = await serverOf((_request, response) => response.end('{}'))
  const { url } = await serverOf((_request, response) =>
    response.writeHead(302, { location: `${other.url}/elsewhere` }).end(),
  )
  expect(await (await readerOf(url)).get('/', 60_000)).toMatchObject({ kind: 'answer', status: 302 })
  expect(other.requests).toEqual([])
})

test.each(['reset', 'garbage', 'close'] as const)('a server that does this is an error: %s', async fault => {
  const raw = await startRawServer(fault)
  onTestFinished(() => raw.close())
  const answer = await (await readerOf(raw.url)).get('/secret-path', 60_000)
  expect(answer.kind).toBe('error')
  expect(JSON.stringify(answer)).not.toMatch(/some-key|secret-path/)
})

test('a closed port is an error with its code, and the next request connects again', async () => {
  const reader = await readerOf(`http://127.0.0.1:${CLOSED_PORT}`)
  for (let tries = 0; tries < 2; tries += 1) {
    expect(await reader.get('/', 60_000)).toMatchObject({ kind: 'error', code: 'ECONNREFUSED' })
  }
})

test('a silent server is an error after the time-out, and at once after an abort', async () => {
  const raw = await startRawServer('hang')
  onTestFinished(() => raw.close())
  const reader = await readerOf(raw.url)
  expect(await reader.get('/', 20)).toMatchObject({
    kind: 'error',
    message: expect.stringMatching(/within 0\.02 s$/),
  })
  const stop = new AbortController()
  const answer = reader.get('/', 60_000, stop.signal)
  stop.abort()
  expect(await answer).toMatchObject({ kind: 'error' })
  expect(await reader.get('/', 60_000, stop.signal)).toMatchObject({ kind: 'error' })
})

test('an endless answer is an error', async () => {
  const { url } = await serverOf((_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024)
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more)
    more()
  })
  expect(await (await readerOf(url)).get('/', 60_000)).toMatchObject({
    kind: 'error',
    message: expect.stringMatching(/^the answer of .* is too long$/),
  })
})

test('requests use the proxy of the environment, and fail if it is unusable', async () => {
  const { url, requests } = await serverOf((_request, response) => response.end('{}'))
  const proxy = await httpProxyForTest({ toPort: Number(new URL(url).port) })
  const reader = await readerOf('http://server.invalid', { env: { HTTP_PROXY: proxy.url } })
  expect(await reader.get('/api/runs', 60_000)).toMatchObject({ kind: 'answer', status: 200 })
  expect(proxy.asked).toEqual(['GET http://server.invalid'])
  expect(requests).toHaveLength(1)
  const unusable = await readerOf(url, { env: { HTTP_PROXY: 'socks5://127.0.0.1:1' } })
  expect(await unusable.get('/', 60_000)).toMatchObject({ kind: 'error' })
  expect(requests).toHaveLength(1)
})

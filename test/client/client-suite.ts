/**
 * The tests of the HTTP client. Two files run them, one for each parser, and test/e2e/install/units-in-bun.test.ts for
 * the executable.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Client, openClient } from '../../src/client/http.ts'
import type { ApiAnswer } from '../../src/client/outcome.ts'
import type { TelemetryRequest } from '../../src/client/request.ts'
import type { Method } from '../../src/telemetry/event.ts'
import { CLOSED_PORT } from '../support/own-port.ts'

const PATH = '/p/SECRETKEY/m?state=run'
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function listen(server: Server | TcpServer): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Resolves also if the client resets the connection. */
function closed(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.resume().once('close', () => resolve()))
}

/** The executable's `fetch` does not tell when the connection is open. */
const UNCONNECTED = 'Bun' in globalThis ? 'no answer from' : 'no connection to'

/** A promise of a socket, and what fulfils it. */
function deferredSocket(): { promise: Promise<Socket>; resolve: (socket: Socket) => void } {
  let resolve = (_socket: Socket): void => {}
  const promise = new Promise<Socket>(fulfil => {
    resolve = fulfil
  })
  return { promise, resolve }
}

/** It closes no connection while this process has no processor, as Node.js's would after five seconds. */
const listenHttp = (listener: RequestListener) => listen(createServer({ keepAliveTimeout: 60_000 }, listener))
const listenTcp = (listener: (socket: Socket) => void) => listen(createTcpServer(listener))

/** Nobody listens there. */
const CLOSED = `127.0.0.1:${CLOSED_PORT}`

async function clientOf(
  host: string,
  env: Record<string, string> = {},
  tryTimeoutMs = 60_000,
): Promise<Client> {
  const client = await openClient({ origin: `http://${host}`, env, version: '1.2.3', tryTimeoutMs })
  cleanups.push(() => client.close())
  return client
}

function get(host: string, method: Method = 'GET', path = PATH): TelemetryRequest {
  return { method, origin: `http://${host}`, path }
}

/** A short try may be over before its connection has arrived, or its answer: the machine may have little time. */
async function sendUntil(
  isDone: (answer: ApiAnswer) => boolean,
  client: Client,
  host: string,
  scheme = 'http',
): Promise<ApiAnswer> {
  const request = { ...get(host), origin: `${scheme}://${host}` }
  let answer = await client.send(request)
  while (!isDone(answer)) answer = await client.send(request)
  return answer
}

async function answerFrom(host: string, tryTimeoutMs = 60_000) {
  return (await clientOf(host, {}, tryTimeoutMs)).send(get(host))
}

export function describeClient(): void {
  describe('a request', () => {
    test.each(['GET', 'POST', 'HEAD'] as const)(
      'by %s arrives with its target, host and user agent, and no body',
      async method => {
        const seen: IncomingMessage[] = []
        const host = await listenHttp((request, response) => {
          seen.push(request)
          response.end('ok')
        })
        const client = await clientOf(host)
        expect(await client.send(get(host, method))).toEqual({ kind: 'status', status: 200 })
        const [request] = seen
        expect(request).toMatchObject({ method, url: PATH, httpVersion: '1.1' })
        expect(request?.headers).toMatchObject({ host, 'user-agent': 'cronitor-exec/1.2.3' })
        expect(request?.headers['content-length']).toBe(method === 'POST' ? '0' : undefined)
        expect(request?.headers['transfer-encoding']).toBeUndefined()
      },
    )

    test('goes over the connection of the one before it', async () => {
      const ports = new Set<number | undefined>()
      const host = await listenHttp((request, response) => {
        ports.add(request.socket.remotePort)
        response.end('ok')
      })
      const client = await clientOf(host)
      await client.send(get(host))
      await client.send(get(host, 'POST'))
      expect(ports.size).toBe(1)
    })

    test('never follows a redirect', async () => {
      let hits = 0
      const other = await listenHttp((_request, response) => {
        hits += 1
        response.end()
      })
      const host = await listenHttp((request, response) => {
        response.writeHead(307, { location: `http://${other}${request.url}` }).end()
      })
      expect(await answerFrom(host)).toEqual({ kind: 'status', status: 307 })
      expect(hits).toBe(0)
    })
  })

  describe('an answer', () => {
    test('has its status and Retry-After', async () => {
      const host = await listenHttp((_request, response) =>
        response.writeHead(429, { 'retry-after': '2' }).end('slow'),
      )
      expect(await answerFrom(host)).toEqual({ kind: 'status', status: 429, retryAfter: '2' })
    })

    test('follows interim responses', async () => {
      const host = await listenTcp(socket => {
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n')
      })
      expect(await answerFrom(host)).toEqual({ kind: 'status', status: 204 })
    })

    test('follows an unexpected 100 Continue', async () => {
      const host = await listenTcp(socket => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n')
        })
      })
      expect(await answerFrom(host)).toEqual({ kind: 'status', status: 204 })
    })

    test('can be HTTP/1.0, chunked or compressed', async () => {
      for (const answer of [
        'HTTP/1.0 200 OK\r\n\r\nhi',
        'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
        'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b',
      ]) {
        const host = await listenTcp(socket => socket.once('data', () => socket.end(answer)))
        expect(await answerFrom(host)).toEqual({ kind: 'status', status: 200 })
      }
    })

    test('is not an interim response', async () => {
      const host = await listenTcp(socket => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'))
      expect(await answerFrom(host, 50)).toMatchObject({ kind: 'error' })
    })

    test('with an endless body is its status, and the connection is closed soon', async () => {
      let sent = 0
      let closed: Promise<unknown> = Promise.resolve()
      const host = await listenHttp((_request, response) => {
        closed = once(response, 'close')
        const more = (): void => {
          do sent += 16_384
          while (!response.destroyed && response.write('x'.repeat(16_384)))
        }
        response.on('drain', more)
        more()
      })
      expect(await answerFrom(host)).toEqual({ kind: 'status', status: 200 })
      await closed
      // 64 KiB, and what the buffers of both sockets hold.
      expect(sent).toBeLessThan(32 * 1024 * 1024)
    })

    test('whose body hangs or breaks off is its status, and does not delay the next request', async () => {
      let requests = 0
      const host = await listenTcp(socket => {
        socket.on('data', () => {
          requests += 1
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx')
          if (requests === 2) socket.end()
        })
      })
      const client = await clientOf(host)
      expect(await client.send(get(host))).toEqual({ kind: 'status', status: 200 })
      expect(await client.send(get(host))).toEqual({ kind: 'status', status: 200 })
      expect(requests).toBe(2)
    })
  })

  describe('without an answer', () => {
    test('a refused connection is named with its address', async () => {
      const host = CLOSED
      const answer = await answerFrom(host)
      expect(answer).toEqual({
        kind: 'error',
        message: `connection refused by ${host}`,
        code: 'ECONNREFUSED',
      })
    })

    test('a reset connection', async () => {
      const host = await listenTcp(socket => socket.once('data', () => socket.resetAndDestroy()))
      expect(await answerFrom(host)).toMatchObject({
        message: `connection closed by ${host} before an answer`,
      })
    })

    test('a connection that is closed at once', async () => {
      let connections = 0
      const host = await listenTcp(socket => {
        connections += 1
        socket.destroy()
      })
      expect(await answerFrom(host)).toMatchObject({
        message: `connection closed by ${host} before an answer`,
      })
      expect(connections).toBe(1)
    })

    test('garbage', async () => {
      const host = await listenTcp(socket => socket.end('SSH-2.0-OpenSSH_9.9\r\n'))
      expect(await answerFrom(host)).toMatchObject({ message: `${host} sent something that is not HTTP` })
    })

    test('a header without end', async () => {
      const host = await listenTcp(socket => {
        socket.write('HTTP/1.1 200 OK\r\nx: ')
        const more = (): void => {
          while (!socket.destroyed && socket.write('x'.repeat(16_384)));
        }
        socket.on('drain', more)
        more()
      })
      expect(await answerFrom(host)).toMatchObject({ message: `${host} sent too long a header` })
    })

    test('a server that hangs, and the next request opens a new connection', async () => {
      const sockets: Socket[] = []
      let isAnswering = false
      const host = await listenTcp(socket => {
        sockets.push(socket)
        if (isAnswering) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      })
      const hanging = await clientOf(host, {}, 50)
      expect(await sendUntil(() => sockets.length > 0, hanging, host)).toEqual({
        kind: 'error',
        message: `no answer from ${host} within 0.05 s`,
      })
      const before = sockets.length
      isAnswering = true
      const answer = await sendUntil(({ kind }) => kind === 'status', hanging, host)
      expect(answer).toEqual({ kind: 'status', status: 200 })
      expect(sockets.length).toBeGreaterThan(before)
    })

    test('a TLS handshake that hangs is given up, and its socket closed', async () => {
      const sockets: Socket[] = []
      const host = await listenTcp(socket => {
        sockets.push(socket)
      })
      const client = await openClient({ origin: `https://${host}`, env: {}, version: '1', tryTimeoutMs: 50 })
      const answer = await sendUntil(() => sockets.length > 0, client, host, 'https')
      expect(answer).toEqual({ kind: 'error', message: `${UNCONNECTED} ${host} within 0.05 s` })
      for (const socket of sockets) await closed(socket)
    })

    test('an abort, before and while it waits', async () => {
      const arrived = deferredSocket()
      const host = await listenTcp(socket => arrived.resolve(socket))
      const client = await clientOf(host)
      const expected = { kind: 'error', message: `no answer from ${host} in the time given` }
      expect(await client.send(get(host), AbortSignal.abort())).toEqual(expected)
      const stop = new AbortController()
      const answer = client.send(get(host), stop.signal)
      const socket = await arrived.promise
      stop.abort()
      expect(await answer).toEqual(expected)
      await closed(socket)
    })

    test('a close while it waits', async () => {
      const arrived = deferredSocket()
      const host = await listenTcp(socket => socket.once('data', () => arrived.resolve(socket)))
      const client = await clientOf(host)
      const answer = client.send(get(host))
      await arrived.promise
      client.close()
      expect(await answer).toMatchObject({ kind: 'error' })
    })

    test('a request that cannot be written is an error without its path', async () => {
      const host = CLOSED
      const client = await clientOf(host)
      const answer = await client.send(get(host, 'GET', '/p/SECRETKEY/a b'))
      expect(answer).toMatchObject({ kind: 'error' })
      expect(JSON.stringify(answer)).not.toContain('SECRETKEY')
    })
  })

  describe('a proxy', () => {
    /** A proxy for http and https. `asked` lists its requests. */
    async function listenProxy(status = '200 OK') {
      const asked: string[] = []
      const server = createServer((request, response) => {
        asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
        response.end('from proxy')
      })
      server.on('connect', (request, socket: Socket) => {
        asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
        socket.on('error', () => {})
        if (!status.startsWith('200')) {
          socket.end(status === '' ? '' : `HTTP/1.1 ${status}\r\n\r\n`)
          return
        }
        const [host = '', port] = (request.url ?? '').split(':')
        const upstream = connect(Number(port), host, () => {
          socket.write(`HTTP/1.1 ${status}\r\n\r\n`)
          upstream.pipe(socket).pipe(upstream)
        })
        upstream.on('error', () => socket.destroy())
        cleanups.push(() => upstream.destroy())
      })
      return { proxy: await listen(server), asked }
    }

    async function overTls(host: string, proxy: string, tryTimeoutMs = 60_000) {
      const env = { HTTPS_PROXY: `http://${proxy}` }
      const client = await openClient({ origin: `https://${host}`, env, version: '1', tryTimeoutMs })
      cleanups.push(() => client.close())
      return client.send({ method: 'GET', origin: `https://${host}`, path: PATH })
    }

    test('gets an http request in absolute form, with the user of its URL', async () => {
      const { proxy, asked } = await listenProxy()
      const client = await clientOf('api.invalid', { HTTP_PROXY: `http://user:pass@${proxy}` })
      expect(await client.send(get('api.invalid'))).toEqual({ kind: 'status', status: 200 })
      expect(await client.send(get('api.invalid', 'POST'))).toEqual({ kind: 'status', status: 200 })
      const user = `Basic ${Buffer.from('user:pass').toString('base64')}`
      expect(asked).toEqual([
        `GET http://api.invalid${PATH} ${user}`,
        `POST http://api.invalid${PATH} ${user}`,
      ])
    })

    test('tunnels an https request, and sees only host and port', async () => {
      // The server behind the tunnel does not speak TLS: the error shows that the tunnel was used.
      const host = await listenTcp(socket => socket.end('no TLS here'))
      const { proxy, asked } = await listenProxy()
      const answer = await overTls(host, proxy)
      expect(asked).toEqual([`CONNECT ${host}`])
      expect(answer).toMatchObject({
        kind: 'error',
        message: expect.stringContaining(`TLS with ${host} failed`),
      })
    })

    test('that wants a password for CONNECT is an answer with its status, which is not retried', async () => {
      const { proxy, asked } = await listenProxy('407 Proxy Authentication Required')
      expect(await overTls('api.invalid:443', proxy)).toEqual({ kind: 'status', status: 407 })
      expect(asked).toHaveLength(1)
    })

    test.each(['502 Bad Gateway', ''])('that answers CONNECT with %j is asked once', async status => {
      const { proxy, asked } = await listenProxy(status)
      const answer = await overTls('api.invalid:443', proxy)
      expect(answer).toMatchObject({ kind: 'error', message: expect.stringContaining(`proxy ${proxy}`) })
      expect(asked).toHaveLength(1)
    })

    test('that refuses is named', async () => {
      const proxy = CLOSED
      const client = await clientOf('api.invalid', { HTTP_PROXY: proxy })
      expect(await client.send(get('api.invalid'))).toMatchObject({
        message: `connection refused by proxy ${proxy}`,
      })
      expect(await overTls('api.invalid', proxy)).toMatchObject({
        message: `connection refused by proxy ${proxy}`,
      })
    })

    test('that hangs delays the answer for one try at most', async () => {
      const proxy = await listenTcp(() => {})
      expect(await overTls('api.invalid', proxy, 50)).toMatchObject({
        message: expect.stringContaining('within 0.05 s'),
      })
    })

    test('by https at an IP address causes no warning of Node.js on stderr', async () => {
      const warnings: Error[] = []
      const warn = (warning: Error): void => void warnings.push(warning)
      process.on('warning', warn)
      cleanups.push(() => process.off('warning', warn))
      const host = await listenTcp(socket => socket.end('no TLS here'))
      const env = { HTTPS_PROXY: `https://${host}` }
      const client = await openClient({ origin: 'https://api.invalid', env, version: '1' })
      cleanups.push(() => client.close())
      const answer = await client.send({ method: 'GET', origin: 'https://api.invalid', path: PATH })
      expect(answer).toMatchObject({ message: expect.stringContaining('TLS with') })
      await new Promise(resolve => setImmediate(resolve))
      expect(warnings).toEqual([])
    })

    test('is not used for hosts in NO_PROXY', async () => {
      const { proxy, asked } = await listenProxy()
      const host = await listenHttp((_request, response) => response.end())
      const client = await clientOf(host, { HTTP_PROXY: proxy, NO_PROXY: '127.0.0.1' })
      expect(await client.send(get(host))).toEqual({ kind: 'status', status: 200 })
      expect(asked).toEqual([])
    })

    test('that cannot be used fails each request: the proxy is not bypassed', async () => {
      let hits = 0
      const host = await listenHttp((_request, response) => {
        hits += 1
        response.end()
      })
      const client = await clientOf(host, { HTTP_PROXY: 'socks5://127.0.0.1:1' })
      expect(await client.send(get(host))).toMatchObject({
        kind: 'error',
        message: expect.stringMatching(/^HTTP_PROXY /),
      })
      const broken = await clientOf(host, { HTTP_PROXY: 'http://us%er:pass@127.0.0.1:1' })
      expect(await broken.send(get(host))).toMatchObject({ kind: 'error' })
      expect(hits).toBe(0)
    })
  })
}

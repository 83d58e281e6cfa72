import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openConnections } from '../../src/client/connections.ts'
import type { ConnectionRequest, HttpConnection } from '../../src/client/http-connection.ts'
import { errorCode } from '../../src/system/errors.ts'

const cleanups: (() => unknown)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function connectionTo(server: Server): Promise<{ connection: HttpConnection }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const connection = openConnections(origin, undefined, {}).open()
  cleanups.push(() => server.close(), connection.destroy)
  return { connection }
}

/** Answers whatever arrives with `answer`. `sockets` has one for each connection. */
async function listen(answer: string): Promise<{ connection: HttpConnection; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => {}).on('data', () => socket.write(answer)))
    cleanups.push(() => socket.destroy())
  })
  return { ...(await connectionTo(server)), sockets }
}

const GET: ConnectionRequest = { method: 'GET', path: '/', headers: {} }

function ask(connection: HttpConnection, request = GET): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0
    connection.dispatch(request, {
      onStart: () => {},
      onHead: found => {
        status = found
      },
      onData: () => {},
      onEnd: () => resolve(status),
      onError: reject,
    })
  })
}

const ANSWER = 'HTTP/1.1 204 No Content\r\n\r\n'

/** Asks until a second connection is there: what the server has done to the first may take a while to arrive. */
async function askOverAnother(connection: HttpConnection, sockets: readonly Socket[]): Promise<void> {
  for (let count = 0; sockets.length < 2 && count < 10_000; count += 1) {
    expect(await ask(connection)).toBe(204)
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(sockets).toHaveLength(2)
}

test('a connection serves one request after the other', async () => {
  const { connection, sockets } = await listen(ANSWER)
  for (let count = 0; count < 3; count += 1) expect(await ask(connection)).toBe(204)
  expect(sockets).toHaveLength(1)
})

test('one whose server will wait for less than a second is not used again', async () => {
  const { connection, sockets } = await listen(`${ANSWER.trimEnd()}\r\nkeep-alive: timeout=1\r\n\r\n`)
  await ask(connection)
  await ask(connection)
  expect(sockets).toHaveLength(2)
})

test('one on which the server has sent more than the answer is not used again', async () => {
  const { connection, sockets } = await listen(`${ANSWER}HTTP/1.1 408 Request Timeout\r\n\r\n`)
  expect(await ask(connection)).toBe(204)
  await askOverAnother(connection, sockets)
})

test('after HEAD, the next request opens another one', async () => {
  const { connection, sockets } = await listen('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nunasked')
  expect(await ask(connection, { ...GET, method: 'HEAD' })).toBe(200)
  expect(await ask(connection, { ...GET, method: 'HEAD' })).toBe(200)
  expect(sockets).toHaveLength(2)
})

test('a body arrives with its length in bytes, and with the headers', async () => {
  const server = createHttpServer(async (request, response) => {
    let body = ''
    for await (const data of request.setEncoding('utf8')) body += data
    const { 'content-length': length, 'x-a': header, connection } = request.headers
    const isSame = body === 'né' && length === '3' && header === 'b' && connection === 'keep-alive'
    response.writeHead(isSame ? 204 : 400).end()
  })
  const { connection } = await connectionTo(server)
  const post: ConnectionRequest = { method: 'POST', path: '/x', headers: { 'x-a': 'b' }, body: 'né' }
  expect(await ask(connection, post)).toBe(204)
  expect(await ask(connection, post)).toBe(204)
})

test.each([
  ['a path', { ...GET, path: '/ HTTP/1.1\r\nx: y' }],
  ['a header', { ...GET, headers: { x: 'y\r\nz: a' } }],
  ['text', { ...GET, headers: { x: '€' } }],
])('%s that cannot be sent as it is fails, and nothing is sent', async (_name, request) => {
  const { connection, sockets } = await listen(ANSWER)
  const code = await ask(connection, request).catch(errorCode)
  expect(code).toBe('ERR_INVALID_CHAR')
  expect(sockets).toHaveLength(0)
})

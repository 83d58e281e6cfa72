import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Client, openClient } from '../../src/client/http.ts'
import { onOwnPort } from '../support/own-port.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Api {
  readonly server: Server
  readonly host: string
  readonly sockets: readonly Socket[]
}

/** Answers each request with 200. `greet` is called for each connection, with its number from 1. */
async function listen(greet: (socket: Socket, number: number) => void = () => {}, port = 0): Promise<Api> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    greet(socket, sockets.length)
    if (!socket.writableEnded)
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

async function clientOf(host: string): Promise<{ client: Client; send: () => Promise<unknown> }> {
  const client = await openClient({ origin: `http://${host}`, env: {}, version: '1', tryTimeoutMs: 60_000 })
  cleanups.push(() => client.close())
  return { client, send: () => client.send({ method: 'GET', origin: `http://${host}`, path: '/' }) }
}

const OK = { kind: 'status', status: 200 }

/** Lets pending connections finish. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

test('the early connection is open before the first request, and serves it and the next', async () => {
  const { server, host, sockets } = await listen()
  const { client, send } = await clientOf(host)
  client.connect()
  await once(server, 'connection')
  await turns(50)
  expect(sockets).toHaveLength(1)
  expect([await send(), await send()]).toEqual([OK, OK])
  expect(sockets).toHaveLength(1)
})

test('a request that comes while it is being made waits for it', async () => {
  const { host, sockets } = await listen()
  const { client, send } = await clientOf(host)
  client.connect()
  client.connect()
  expect(await send()).toEqual(OK)
  expect(sockets).toHaveLength(1)
})

test.each([
  ['has been closed', (socket: Socket) => socket.end()],
  ['has been answered already', (socket: Socket) => socket.end('HTTP/1.1 408 Request Timeout\r\n\r\n')],
])('one that %s is not used', async (_what, spoil) => {
  const { server, host, sockets } = await listen((socket, number) => number === 1 && spoil(socket))
  const { client, send } = await clientOf(host)
  client.connect()
  await once(server, 'connection')
  await turns(20)
  expect(await send()).toEqual(OK)
  expect(sockets).toHaveLength(2)
})

test('one that is reset costs one try at most', async () => {
  const { server, host } = await listen((socket, number) => number === 1 && socket.resetAndDestroy())
  const { client, send } = await clientOf(host)
  client.connect()
  await once(server, 'connection')
  const answers = [await send(), await send()]
  expect(answers[1]).toEqual(OK)
  expect(['status', 'error']).toContain((answers[0] as { kind: string }).kind)
})

test('one that is refused is the failure of the first request, and no other', async () => {
  // A port that nobody else gets meanwhile.
  const { server, host } = await onOwnPort(port => listen(undefined, port))
  server.close()
  const { client, send } = await clientOf(host)
  client.connect()
  await turns(50)
  expect(await send()).toMatchObject({ kind: 'error', code: 'ECONNREFUSED' })
  await listen(undefined, Number(host.split(':')[1]))
  expect(await send()).toEqual(OK)
})

test('closing ends it', async () => {
  const { server, host, sockets } = await listen()
  const { client } = await clientOf(host)
  client.connect()
  await once(server, 'connection')
  client.close()
  await once(sockets[0] as Socket, 'close')
})

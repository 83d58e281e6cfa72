import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { maxIdleConnections } from '../../../src/server/http/idle-connections.ts'
import { noRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { type ServerOptions, startServer } from '../../../src/server/server.ts'
import { until } from '../../support/until.ts'
import { testStore } from '../store/support.ts'

async function start(options: Partial<ServerOptions> = {}) {
  const server = await startServer({ port: 0, store: await testStore(), limits: noRateLimits, ...options })
  onTestFinished(() => server.close(0))
  return server
}

interface Connection {
  readonly socket: Socket
  /** Resolves with the answer. */
  readonly send: (version?: string, more?: string) => Promise<string>
  readonly received: () => string
  readonly isClosed: () => boolean
}

async function open(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let received = ''
  socket.setEncoding('latin1').on('data', chunk => {
    received += chunk
  })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return {
    socket,
    received: () => received,
    isClosed: () => socket.readableEnded || socket.destroyed,
    send: async (version = '1.1', more = '') => {
      received = ''
      socket.write(`GET /p/k/job?state=ok HTTP/${version}\r\nhost: localhost\r\n${more}\r\n`)
      await until('the answer has come', () => received.includes('{"ok":true}') || socket.readableEnded)
      return received
    },
  }
}

/** One that has had its answer. If this process stood still for the time that its headers have, it is closed: then another. */
async function answered(port: number): Promise<Connection> {
  for (;;) {
    const connection = await open(port)
    if (/^HTTP\/1.1 200 /.test(await connection.send())) return connection
  }
}

test('a connection is kept for 75 seconds', async () => {
  const { port } = await start()
  expect(await (await open(port)).send()).toMatch(/^keep-alive: timeout=75\r$/im)
})

test('an idle connection outlives the time in which the headers of a request must arrive', async () => {
  const { port } = await start({ times: { headersMs: 30, requestMs: 60, lookEveryMs: 10 } })
  const idle = await answered(port)
  // These two began to wait later.
  for (const silent of [await open(port), await open(port)]) {
    await until('a silent connection is closed', silent.isClosed)
  }
  expect(idle.isClosed()).toBe(false)
  expect(await idle.send()).toMatch(/^HTTP\/1.1 200 /)
})

test('an idle connection is closed after its time', async () => {
  const { port } = await start({ times: { idleMs: 20 } })
  const idle = await open(port)
  await idle.send()
  await until('the connection is closed', idle.isClosed)
})

test('beyond the bound, the connections that have been idle longest are closed', async () => {
  const { port } = await start({ maxIdle: 3 })
  const all: Connection[] = []
  for (let count = 0; count < 3; count += 1) all.push(await open(port))
  for (const each of all) await each.send()
  // The first one is now the one that was used last.
  await all[0]?.send()
  for (let count = 0; count < 2; count += 1) {
    const another = await open(port)
    await another.send()
    all.push(another)
  }
  await until('two connections are closed', () => all.filter(each => each.isClosed()).length === 2)
  expect(all.map(each => each.isClosed())).toEqual([false, true, true, false, false])
  expect(await all[0]?.send()).toMatch(/^HTTP\/1.1 200 /)
})

/** In Bun, `bytesRead` of a server's socket is always 0: https://github.com/oven-sh/bun/issues/28709 */
const bunCountsNoBytes = process.versions.bun !== undefined

test.skipIf(bunCountsNoBytes)('a connection on which a request has begun is not idle', async () => {
  const { port } = await start({ maxIdle: 1 })
  const [begun, other] = [await open(port), await open(port)]
  await begun.send()
  begun.socket.write('GET /p/k/job?state=ok HTTP/1.1\r\n')
  // An answer on a third connection shows that the server has read the line above.
  const third = await open(port)
  await third.send('1.1', 'connection: close\r\n')
  await other.send()
  begun.socket.write('host: localhost\r\n\r\n')
  await until('the answer has come', () => begun.received().split('{"ok":true}').length === 3)
})

test('silent connections and those that wait for an answer do not count', async () => {
  const store = await testStore()
  let write = () => {}
  const written = new Promise<void>(resolve => {
    write = resolve
  })
  const record: typeof store.record = async () => {
    await written
    return { kind: 'repeated' }
  }
  const { port } = await start({ maxIdle: 1, store: { ...store, record } })
  const all = await Promise.all(Array.from({ length: 5 }, () => open(port)))
  const answers = all.slice(0, 4).map(each => each.send())
  write()
  for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1.1 200 /)
  expect(all[4]?.isClosed()).toBe(false)
})

/** Bun closes them after the answer, which says so. */
const bunClosesHttp10 = process.versions.bun !== undefined

test.skipIf(bunClosesHttp10)('HTTP/1.0 keeps a connection only if the client asks for it', async () => {
  const { port } = await start()
  const plain = await open(port)
  await plain.send('1.0')
  await until('the connection is closed', plain.isClosed)
  const kept = await open(port)
  expect(await kept.send('1.0', 'connection: keep-alive\r\n')).toMatch(/^connection: keep-alive\r$/im)
  expect(await kept.send('1.0')).toMatch(/^HTTP\/1.1 200 /)
})

test('the end of the server does not wait for idle connections', async () => {
  const server = await start()
  const idle = await open(server.port)
  await idle.send()
  await server.close(60_000)
  await until('the connection is closed', idle.isClosed)
})

test('at most half of the descriptors are for idle connections', () => {
  expect([undefined, 20_000, 1024, 256, 1].map(maxIdleConnections)).toEqual([1000, 1000, 512, 128, 1])
})

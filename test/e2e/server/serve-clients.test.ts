/** What clients may do to `cronitor serve` without keeping it from others, and how it ends. */

import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { paths } from '../../support/run.ts'
import { connectionsTo, serve } from '../../support/serve.ts'
import { until } from '../../support/until.ts'

/** How many connections may wait to be accepted, on this host. */
function longestBacklog(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))
  } catch {
    return 0
  }
}

/** How many connections wait to be accepted: `rx_queue` of a socket that listens (Linux, Documentation/networking/proc_net_tcp). */
function waitingAt(port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  const listening = lines
    .map(line => line.trim().split(/\s+/))
    .find(([, local = '', , state]) => local.endsWith(end) && state === '0A')
  return Number.parseInt(listening?.[4]?.split(':')[1] ?? '0', 16)
}

const closed = (socket: Socket) => new Promise<void>(resolve => socket.once('close', () => resolve()))

const noBacklog = longestBacklog() >= 4096 ? '' : ' (skipped: this host lets fewer connections wait)'

test.skipIf(noBacklog !== '')(
  `a thousand clients that come while it is busy wait to be accepted${noBacklog}`,
  async () => {
    const server = await serve()
    server.running.signal('SIGSTOP')
    const sockets = await connectionsTo(server.port, 1000)
    const answers = sockets.map(
      (socket, each) =>
        new Promise<string>(resolve => {
          socket.once('data', data => resolve(String(data).slice(0, 12)))
          socket.write(`GET /job-${each}?state=ok HTTP/1.1\r\nhost: localhost\r\n\r\n`)
        }),
    )
    await until('all wait to be accepted', () => waitingAt(server.port) === 1000)
    server.running.signal('SIGCONT')
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['HTTP/1.1 200']))
    for (const socket of sockets) socket.destroy()
  },
)

test('2,000 idle connections, and slow ones, leave it answering, and are ended in time', async () => {
  const server = await serve()
  const idle = await connectionsTo(server.port, 2000)
  const slow = await connectionsTo(server.port, 50)
  // A header that never ends, a byte at a time.
  const dripping = setInterval(() => {
    for (const socket of slow) socket.write('x')
  }, 500)
  for (const socket of slow) socket.write('GET /job?state=ok HTTP/1.1\r\nhost: localhost\r\nx-slow: ')
  const heard = slow.map(socket => {
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk))
    return chunks
  })
  for (let each = 0; each < 20; each += 1) {
    expect((await server.send('GET', `/job-${each}?state=ok`)).status).toBe(200)
  }
  await server.printed(20)
  // Ten seconds are what they have.
  await Promise.all([...idle, ...slow].map(socket => (socket.closed ? undefined : closed(socket.resume()))))
  clearInterval(dripping)
  for (const chunks of heard) expect(Buffer.concat(chunks).toString('latin1')).toMatch(/^HTTP\/1.1 408 /)
  expect((await server.send('GET', '/job?state=ok')).status).toBe(200)
})

test('more connections than there are descriptors do not end it', async () => {
  const program = ['/bin/sh', '-c', 'ulimit -n 120; exec "$0" "$@"', paths.bin.cronitor]
  const server = await serve([], { program })
  expect((await server.send('GET', '/job?state=ok')).status).toBe(200)
  const sockets = Array.from({ length: 300 }, () => connect(server.port, '127.0.0.1').on('error', () => {}))
  // Those that it has no descriptor for are ended at once.
  await until('some are refused', () => sockets.filter(socket => socket.closed).length > 50)
  for (const socket of sockets) socket.destroy()
  await until('it answers again', async () => {
    const response = await server.send('GET', '/job-2?state=ok').catch(() => undefined)
    return response?.status === 200
  })
  server.running.signal('SIGTERM')
  expect((await server.running.done).status).toBe(0)
})

describe('the end', () => {
  test('all that was taken is answered, and was stored', async () => {
    const server = await serve(['--json'])
    const answered: string[] = []
    let refused = false
    await Promise.all(
      Array.from({ length: 16 }, async (_, sender) => {
        for (let each = 0; !refused; each += 1) {
          const monitor = `job-${sender}-${each}`
          const response = await server.send('GET', `/${monitor}?state=ok`).catch(() => undefined)
          if (response === undefined) refused = true
          else answered.push(response.status === 200 ? monitor : `${monitor}: ${response.status}`)
          if (answered.length === 200) server.running.signal('SIGTERM')
        }
      }),
    )
    const { status, stdout, stderr } = await server.running.done
    expect([status, String(stderr)]).toEqual([0, ''])
    // Each is printed once it is stored. None was whose answer did not arrive.
    const [, ...lines] = String(stdout).trim().split('\n')
    const stored = lines.map(line => String(JSON.parse(line).monitor))
    expect(stored.length).toBeGreaterThanOrEqual(200)
    expect(stored.sort()).toEqual(answered.sort())
  })

  test('does not wait for connections that say nothing, or half', async () => {
    const server = await serve()
    const [, half] = await connectionsTo(server.port, 2)
    half?.write('POST /p/k/job?state=ok HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nabc')
    await server.send('GET', '/job?state=ok')
    server.running.signal('SIGINT')
    expect((await server.running.done).status).toBe(0)
  })

  test('is at once with a second signal', async () => {
    const server = await serve()
    const [half] = await connectionsTo(server.port, 1)
    half?.write('POST /p/k/job?state=ok HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nabc')
    await server.send('GET', '/job?state=ok')
    const begun = performance.now()
    server.running.signal('SIGTERM')
    // It has stopped to listen by then, and waits for the half request.
    await until('nobody is let in', () =>
      connectionsTo(server.port, 1).then(
        () => false,
        () => true,
      ),
    )
    server.running.signal('SIGTERM')
    // It waits for a second. If this process was held up for longer, the end may have come by itself.
    const isLate = performance.now() - begun >= 1000
    const { status, signal } = await server.running.exited
    if (!(isLate && status === 0)) expect({ status, signal }).toEqual({ status: null, signal: 'SIGTERM' })
  })

  test('does not wait for who reads its output no more, and clients never did', async () => {
    const server = await serve(['--json'])
    server.running.stdout?.pause()
    // More than a pipe holds.
    for (let each = 0; each < 200; each += 1) {
      const target = `/job?state=ok&message=${'x'.repeat(1500)}`
      expect((await server.send('GET', target)).status).toBe(200)
    }
    server.running.signal('SIGTERM')
    expect((await server.running.exited).status).toBe(0)
  })

  test('SIGHUP ends it if there is no file to reload', async () => {
    const server = await serve()
    server.running.signal('SIGHUP')
    expect(await server.running.exited).toMatchObject({ signal: 'SIGHUP' })
  })
})

test('events survive a restart, in the given folder and in the default one', async () => {
  const first = await serve(['--json'])
  const env = { CRONITOR_DATA_DIR: undefined, XDG_STATE_HOME: join(first.running.home, 'state') }
  const flags = process.geteuid?.() === 0 ? ['--data-dir', join(first.running.home, 'state/cronitor')] : []
  const second = await serve(['--json', ...flags], { env })
  expect((await second.send('GET', '/p/k/job?state=run&series=1')).status).toBe(200)
  await second.printed(1)
  second.running.signal('SIGTERM')
  expect((await second.running.done).status).toBe(0)
  // A run that it has already is not recorded, nor printed, again.
  const third = await serve(['--json', ...flags], { env })
  expect((await third.send('GET', '/p/k/job?state=run&series=1')).status).toBe(200)
  expect((await third.send('GET', '/p/k/job?state=complete&series=1')).status).toBe(200)
  expect((await third.printed(1)).map(line => JSON.parse(line).state)).toEqual(['complete'])
})

import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { messageOf } from '../../../src/server/notify/message.ts'
import { webhookChannel } from '../../../src/server/notify/webhook-channel.ts'
import { change, NOW } from './support.ts'

interface Received {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

async function receiver(respond: RequestListener): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method, url, headers } = request
    received.push({ method, url, headers, body })
    respond(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, received }
}

function channelTo(url: string, env: Record<string, string> = {}) {
  const channel = webhookChannel({ url, env, version: '1.2.3', wallClock: () => NOW })
  onTestFinished(() => channel.close())
  return channel
}

const never = new AbortController().signal

test('a change is a POST of JSON, with user name, password, path and query as given', async () => {
  const { port, received } = await receiver((_, response) => response.writeHead(204).end())
  const channel = channelTo(`http://me%40x:p%3Ass@127.0.0.1:${port}/hook/a%20b?key=1`)
  const told = change(1, {
    run: { id: 1, monitorKey: 'nightly', state: 'failed', message: 'Schluß \u{1f4a5}' },
  })
  expect(await channel.deliver([told], never)).toEqual({ kind: 'delivered' })
  expect(received).toHaveLength(1)
  expect(received[0]).toMatchObject({ method: 'POST', url: '/hook/a%20b?key=1' })
  expect(received[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'cronitor-exec/1.2.3',
    authorization: `Basic ${Buffer.from('me@x:p:ss').toString('base64')}`,
  })
  expect(JSON.parse(received[0]?.body ?? '')).toEqual(messageOf([told]))
  // The connection is kept.
  expect(await channel.deliver([told], never)).toEqual({ kind: 'delivered' })
})

test('the name contains only the origin of the URL, and the cursor nothing of it', () => {
  const { name, cursor } = channelTo('https://me:secret1@hooks.example.org/secret2?key=secret3')
  expect(name).toBe('--notify-url https://hooks.example.org')
  expect(cursor).toMatch(/^notify-url:[0-9a-f]{12}$/)
  expect(channelTo('https://me:other@hooks.example.org/secret2?key=secret3').cursor).not.toBe(cursor)
})

test.each([
  [200, { kind: 'delivered' }],
  [302, { kind: 'refused', problem: 'HTTP status 302, a redirect, which is not followed' }],
  [400, { kind: 'refused', problem: 'HTTP status 400' }],
  [404, { kind: 'refused', problem: 'HTTP status 404' }],
  [408, { kind: 'failed', problem: 'HTTP status 408' }],
  [425, { kind: 'failed', problem: 'HTTP status 425' }],
  [429, { kind: 'failed', problem: 'HTTP status 429' }],
  [500, { kind: 'failed', problem: 'HTTP status 500' }],
  [503, { kind: 'failed', problem: 'HTTP status 503' }],
])('%i: %j', async (status, delivery) => {
  const { port, received } = await receiver((_, response) =>
    response.writeHead(status, { location: '/elsewhere' }).end(),
  )
  expect(await channelTo(`http://127.0.0.1:${port}/`).deliver([change(1)], never)).toEqual(delivery)
  expect(received).toHaveLength(1)
})

test('several changes are one POST request', async () => {
  const { port, received } = await receiver((_, response) => response.writeHead(200).end())
  const told = [change(1, { monitorKey: 'a' }), change(2, { monitorKey: 'b' })] as const
  expect(await channelTo(`http://127.0.0.1:${port}/`).deliver(told, never)).toEqual({ kind: 'delivered' })
  expect(received).toHaveLength(1)
  expect(JSON.parse(received[0]?.body ?? '')).toEqual({
    text: '2 changes:\na is failing\nb is failing',
    changes: [expect.objectContaining({ monitor: 'a' }), expect.objectContaining({ monitor: 'b' })],
  })
})

test.each([
  [400, 'refused-together'],
  [413, 'refused-together'],
  [422, 'refused-together'],
  [404, 'refused'],
  [500, 'failed'],
] as const)('%i for several changes: %s', async (status, kind) => {
  const { port } = await receiver((_, response) => response.writeHead(status).end())
  const outcome = await channelTo(`http://127.0.0.1:${port}/`).deliver([change(1), change(2)], never)
  expect(outcome).toEqual({ kind, problem: `HTTP status ${status}` })
})

test('Retry-After is respected, in seconds and as a date', async () => {
  const waits = ['7', new Date(NOW + 9000).toUTCString()]
  const { port } = await receiver((_, response) =>
    response.writeHead(503, { 'retry-after': waits.shift() }).end(),
  )
  const channel = channelTo(`http://127.0.0.1:${port}/`)
  expect(await channel.deliver([change(1)], never)).toMatchObject({ retryAfterMs: 7000 })
  expect(await channel.deliver([change(1)], never)).toMatchObject({ retryAfterMs: 9000 })
})

test('a receiver that is down is a failure that names only host and port', async () => {
  const { port } = await receiver(() => {})
  const channel = channelTo(`http://me:secret@127.0.0.1:${port}/secret?secret`)
  const abort = new AbortController()
  const hanging = channel.deliver([change(1)], abort.signal)
  abort.abort()
  expect(await hanging).toMatchObject({ kind: 'failed' })
  const down = channelTo('http://me:secret@127.0.0.1:1/secret?secret')
  expect(await down.deliver([change(1)], never)).toEqual({
    kind: 'failed',
    problem: 'connection refused by 127.0.0.1:1',
  })
})

test('it uses the proxy of the environment', async () => {
  const proxy = await receiver((_, response) => response.writeHead(200).end())
  const channel = channelTo('http://hooks.invalid/a', { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` })
  expect(await channel.deliver([change(1)], never)).toEqual({ kind: 'delivered' })
  expect(proxy.received[0]?.url).toBe('http://hooks.invalid/a')
  expect(JSON.parse(proxy.received[0]?.body ?? '')).toMatchObject({ monitor: 'nightly' })
})

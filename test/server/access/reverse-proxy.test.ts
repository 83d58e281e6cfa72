/** A server behind a reverse proxy: the test sends what a proxy would send, from 127.0.0.1. */

import { request } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRoutes } from '../../../src/server/all-routes.ts'
import { createRateLimits, noRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { type ServerOptions, startServer } from '../../../src/server/server.ts'
import { trusted } from '../../support/trusted-proxies.ts'
import { event, testStore } from '../store/support.ts'

async function start(options: Partial<ServerOptions> = {}) {
  const store = await testStore()
  const server = await startServer({
    port: 0,
    store,
    limits: noRateLimits,
    createRoutes,
    trustedProxies: trusted('127.0.0.1'),
    ...options,
  })
  onTestFinished(() => server.close(0))
  const send = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      request({ host: '127.0.0.1', port: server.port, path, headers, agent: false }, response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, text }))
      })
        .on('error', reject)
        .end()
    })
  return { store, send }
}

test('each client has its own budget of requests', async () => {
  const { send } = await start({ limits: createRateLimits(), clock: () => 0 })
  const statusOf = async (client: string, monitor: string) =>
    (await send(`/p/some-key/${monitor}?state=ok`, { 'x-forwarded-for': client })).status
  for (let each = 0; each < 250; each += 1) await statusOf('127.0.0.2', `job-${each}`)
  expect(await statusOf('127.0.0.2', 'another')).toBe(429)
  expect(await statusOf('127.0.0.3', 'another')).toBe(200)
})

test('without --trust-proxy the header changes nothing', async () => {
  const { send } = await start({
    limits: createRateLimits(),
    clock: () => 0,
    trustedProxies: undefined,
  })
  for (let each = 0; each < 250; each += 1) {
    await send(`/p/k/job-${each}?state=ok`, { 'x-forwarded-for': `192.0.2.${each}` })
  }
  const last = await send('/p/k/another?state=ok', { forwarded: 'for=198.51.100.1' })
  expect(last.status).toBe(429)
})

describe('a client of --relay-address', () => {
  const keys = { isKnown: (key: string) => key === 'the-key', isProvedBy: () => false }
  const limits = () =>
    createRateLimits({ endpoint: { perSecond: 1, burst: 2 }, address: { perSecond: 1, burst: 3 } })

  async function statuses(path: (each: number) => string, client: string): Promise<number[]> {
    const relays = trusted('198.51.100.0/24,2001:db8::7')
    const { send } = await start({ limits: limits(), clock: () => 0, relays, keys, allowAnonymous: true })
    const all: number[] = []
    for (let each = 0; each < 5; each += 1)
      all.push((await send(path(each), { 'x-forwarded-for': client })).status ?? 0)
    return all
  }
  const ofMonitors = (each: number) => `/p/the-key/job-${each}?state=ok`

  test('has no limit for its address', async () => {
    expect(await statuses(ofMonitors, '198.51.100.9')).toEqual([200, 200, 200, 200, 200])
    expect(await statuses(ofMonitors, '2001:db8::7')).toEqual([200, 200, 200, 200, 200])
  })

  test('is no other one, even in the same network of an IPv6 address', async () => {
    expect(await statuses(ofMonitors, '198.51.101.9')).toEqual([200, 200, 200, 429, 429])
    expect(await statuses(ofMonitors, '2001:db8::8')).toEqual([200, 200, 200, 429, 429])
  })

  test('keeps the limit of each monitor', async () => {
    expect(await statuses(() => '/p/the-key/job?state=ok', '198.51.100.9')).toEqual([200, 200, 429, 429, 429])
  })

  test('keeps the limit of events without a key and of wrong keys', async () => {
    expect(await statuses(each => `/job-${each}?state=ok`, '198.51.100.9')).toEqual([200, 200, 200, 429, 429])
    const guesses = (each: number) => `/p/guess-${each}/job?state=ok`
    expect(await statuses(guesses, '198.51.100.9')).toEqual([403, 403, 403, 429, 429])
  })
})

test('the page shows the address that the browser has asked for', async () => {
  const { send } = await start({ keys: { isKnown: key => key === 'the-key', isProvedBy: () => false } })
  const { text } = await send('/', {
    authorization: 'Bearer the-key',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'cronitor.example',
  })
  expect(text).toContain('CRONITOR_TELEMETRY_URL=https://cronitor.example')
})

describe('a server that accepts any key', () => {
  test.each([
    { 'x-forwarded-for': '192.0.2.1' },
    { 'x-forwarded-for': '127.0.0.1, 192.0.2.1' },
    { forwarded: 'for=192.0.2.1' },
    { forwarded: 'for=unknown' },
    // The name under which a web page can reach the proxy on this host.
    { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'rebound.example' },
    { 'x-forwarded-for': '127.0.0.1', host: 'rebound.example', 'x-forwarded-host': 'localhost' },
  ])('refuses what a proxy forwards for other hosts and names: %j', async headers => {
    const { store, send } = await start()
    await store.record(event('ok', 0))
    for (const path of ['/p/any-key/new?state=ok', '/', '/api/monitors', '/metrics']) {
      expect([path, (await send(path, headers)).status]).toEqual([path, 403])
    }
    expect(await store.monitors()).toHaveLength(1)
  })

  test('accepts what a proxy forwards for this host, and what comes without a proxy', async () => {
    const { send } = await start()
    expect((await send('/p/any-key/job?state=ok', { 'x-forwarded-for': '127.0.0.1' })).status).toBe(200)
    expect((await send('/p/any-key/job?state=ok')).status).toBe(200)
    const own = { 'x-forwarded-for': '::1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'localhost' }
    expect((await send('/job?state=ok', { ...own, origin: 'https://localhost' })).status).toBe(200)
    expect((await send('/job?state=ok', { ...own, origin: 'https://a.example' })).status).toBe(403)
  })
})

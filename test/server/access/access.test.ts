/** Who may do what on a server with keys, and on one without. */

import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { createKeyRing } from '../../../src/server/access/key-ring.ts'
import { RESERVED_NAMES } from '../../../src/server/http/reserved-paths.ts'
import { getRoute } from '../../../src/server/http/route.ts'
import { createRateLimits, noRateLimits } from '../../../src/server/ingest/rate-limits.ts'
import { createKeyRedactor } from '../../../src/server/ingest/redact-keys.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../../src/server/server.ts'
import { testStore } from '../store/support.ts'

const open: RunningServer[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close(0)))
})

const PATHS = ['/', '/api/monitors', '/metrics', '/monitors/*', '/login', '/healthz', '/assets/x.css']
const routes = PATHS.map(path => getRoute(path, (_request, response) => void response.end(path)))
const createRoutes = () => ({
  routes,
  hasSession: ({ headers }: IncomingMessage) => headers.cookie === 'session=good',
})

async function start(options: Partial<ServerOptions> = {}) {
  const store = await testStore()
  const server = await startServer({ port: 0, store, limits: noRateLimits, createRoutes, ...options })
  open.push(server)
  return {
    store,
    send: (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      fetch(`${server.url}${path}`, { method, headers, redirect: 'manual' }),
    count: async () => (await store.events({ after: 0, limit: 1000 })).length,
  }
}

const keys = createKeyRing(['key-one', 'key-two'])

describe('with keys', () => {
  test('events are accepted with one of the keys, and with no other', async () => {
    const { send, count } = await start({ keys })
    expect((await send('/p/key-one/job?state=ok')).status).toBe(200)
    expect((await send('/ping/key-two/job?state=ok')).status).toBe(200)
    expect(await count()).toBe(2)
    for (const path of ['/p/key-three/job?state=ok', '/p/key-on/job?state=ok', '/job?state=ok']) {
      const response = await send(path)
      expect([path, response.status]).toEqual([path, 403])
      expect(await response.json()).toEqual({ error: expect.any(String) })
    }
    expect(await count()).toBe(2)
  })

  test('events without a key are accepted if that is allowed', async () => {
    const { send, count } = await start({ keys, allowAnonymous: true })
    expect((await send('/job?state=ok')).status).toBe(200)
    expect((await send('/p/wrong/job?state=ok')).status).toBe(403)
    expect(await count()).toBe(1)
  })

  test('wrong keys have a budget of their own: they never stop the right ones of their address', async () => {
    const { send } = await start({ keys, limits: createRateLimits(), clock: () => 0 })
    const statuses: number[] = []
    for (let each = 0; each < 400; each += 1) {
      // With a wrong key, and with none.
      const path = each % 2 === 0 ? `/p/wrong-${each}/job` : '/job'
      statuses.push((await send(`${path}?state=ok`)).status)
    }
    expect(statuses).toEqual([...Array(250).fill(403), ...Array(150).fill(429)])
    expect((await send('/p/wrong/job?state=ok')).headers.get('retry-after')).toBe('1')
    for (let each = 0; each < 250; each += 1) {
      expect((await send(`/p/key-one/job-${each}?state=ok`)).status).toBe(200)
    }
    expect((await send('/p/key-one/another?state=ok')).status).toBe(429)
  })

  test('wrong keys of readers do not stop events', async () => {
    const { send } = await start({ keys, limits: createRateLimits(), clock: () => 0 })
    for (let each = 0; each < 50; each += 1) await send('/metrics', { authorization: 'Bearer wrong' })
    for (let each = 0; each < 250; each += 1) {
      expect((await send(`/p/key-one/job-${each}?state=ok`)).status).toBe(200)
    }
  })

  test('events without a key, if they are allowed, do not stop those with one', async () => {
    const options = { keys, allowAnonymous: true, limits: createRateLimits(), clock: () => 0 }
    const { send } = await start(options)
    const statuses = new Set<number>()
    for (let each = 0; each < 251; each += 1) statuses.add((await send(`/job-${each}?state=ok`)).status)
    expect([...statuses]).toEqual([200, 429])
    expect((await send('/p/key-one/job?state=ok')).status).toBe(200)
  })

  test.each(['/', '/api/monitors', '/metrics', '/monitors/a%2Fb', '/%61pi/monitors'])(
    '%s is shown to those who have one',
    async path => {
      const { send } = await start({ keys })
      const basic = `Basic ${Buffer.from('key-two:').toString('base64')}`
      for (const headers of [
        { authorization: 'Bearer key-one' },
        { authorization: basic },
        { cookie: 'session=good' },
      ]) {
        expect((await send(path, headers)).status).toBe(200)
      }
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { cookie: 'session=bad' }]) {
        for (const method of ['GET', 'HEAD']) {
          const response = await send(path, headers, method)
          expect(response.status).toBe(401)
          expect(response.headers.get('www-authenticate')).toContain('Bearer')
        }
      }
    },
  )

  test('wrong keys in Authorization are limited', async () => {
    const { send } = await start({ keys, limits: createRateLimits(), clock: () => 0 })
    const wrong = { authorization: 'Bearer wrong' }
    for (let each = 0; each < 10; each += 1) expect((await send('/api/monitors', wrong)).status).toBe(401)
    expect((await send('/api/monitors', wrong)).status).toBe(429)
    expect((await send('/api/monitors', { authorization: 'Bearer key-one' })).status).toBe(200)
    // Who shows none is not guessing.
    for (let each = 0; each < 20; each += 1) expect((await send('/api/monitors')).status).toBe(401)
  })

  test('a browser without a session is redirected to the login, and back to the page', async () => {
    const { send } = await start({ keys })
    const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
    const response = await send('/monitors/a%2Fb?x=1', html)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/login?next=%2Fmonitors%2Fa%252Fb%3Fx%3D1')
    expect((await send('/api/monitors', html)).status).toBe(401)
    expect((await send('/metrics', html)).status).toBe(401)
  })

  test.each(['/login', '/healthz', '/assets/x.css'])('%s is for everybody', async path => {
    expect((await (await start({ keys })).send(path)).status).toBe(200)
  })

  test('any Host is accepted, and cross-site requests with a key as well', async () => {
    const { send } = await start({ keys })
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://example.com' }
    expect((await send('/p/key-one/job?state=ok', headers)).status).toBe(200)
  })
})

describe('what is refused leaves a line', () => {
  async function startWithLog(options: Partial<ServerOptions> = {}) {
    const lines: string[] = []
    const server = await start({
      keys,
      warn: text => lines.push(text),
      redactor: createKeyRedactor(['the-first-key', 'the-second-key']),
      ...options,
    })
    return { ...server, lines }
  }

  test('with the monitor, the client and the reason, once, and never with an API key', async () => {
    const { send, lines } = await startWithLog()
    for (let each = 0; each < 3; each += 1) await send('/p/a-wrong-key/job?state=ok')
    await send('/job?state=ok')
    // The two parts of the path are mixed up.
    await send('/p/job/the-first-key?state=ok')
    await send('/p/the-second-key?state=ok')
    await send('/metrics', { authorization: 'Bearer a-wrong-key' })
    expect(lines).toEqual([
      'refused an event of the monitor job from 127.0.0.1: this server does not know the API key (403 unknown_key)',
      'refused an event of the monitor job from 127.0.0.1: this server accepts no events without an API key (403 no_key)',
      'refused an event of the monitor [redacted] from 127.0.0.1: this server does not know the API key (403 unknown_key)',
      'refused a request from 127.0.0.1: there is no such path (404 no_such_path)',
      'refused a request from 127.0.0.1: this path needs an API key of this server: Authorization: Bearer KEY (401 unknown_key)',
    ])
  })

  test('but not if a reader shows no key', async () => {
    const { send, lines } = await startWithLog()
    for (const path of ['/', '/metrics', '/api/monitors']) await send(path)
    expect(lines).toEqual([])
  })
})

describe('without keys', () => {
  test('any key is accepted, and everything can be read', async () => {
    const { send, count } = await start()
    for (const path of ['/p/whatever/job?state=ok', '/job?state=ok']) {
      expect((await send(path)).status).toBe(200)
    }
    expect(await count()).toBe(2)
    for (const path of ['/', '/api/monitors', '/metrics']) expect((await send(path)).status).toBe(200)
  })

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost' },
  ])('what a page of another site sends is kept out: %j', async headers => {
    const { send, count } = await start()
    for (const path of [
      '/p/whatever/job?state=ok',
      '/job?state=ok',
      '/',
      '/api/monitors',
      '/nothing/there',
    ]) {
      expect((await send(path, headers)).status).toBe(403)
    }
    expect(await count()).toBe(0)
  })
})

describe.each([
  ['without keys', {}],
  ['with keys, and events without one', { keys, allowAnonymous: true }],
])('the names of the server’s own paths are no monitors without an API key, %s', (_how, options) => {
  test.each(RESERVED_NAMES)('/%s', async name => {
    const { send, count } = await start(options)
    for (const path of [
      `/${name}?state=ok`,
      `/%${name.charCodeAt(0).toString(16)}${name.slice(1)}?state=ok`,
    ]) {
      if (name === '' && path !== '/?state=ok') continue
      for (const method of ['GET', 'POST', 'HEAD', 'PUT']) await send(path, {}, method)
    }
    expect(await count()).toBe(0)
    // With a key they are.
    if (name !== '') expect((await send(`/p/key-one/${name}?state=ok`)).status).toBe(200)
  })
})

test('a reserved path lists the methods that it supports', async () => {
  const { send } = await start({ keys })
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await send('/monitors/a', {}, method)
    expect([method, response.status]).toEqual([method, 405])
    expect(response.headers.get('allow')).toBe('GET, HEAD')
  }
})

import { expect, test } from 'vitest'
import { loginRoutes } from '../../../src/server/access/login.ts'
import { createSessions } from '../../../src/server/access/sessions.ts'
import { createClientOf } from '../../../src/server/http/client.ts'
import { createIgnoredCounter } from '../../../src/server/http/ignored-counter.ts'
import { createRefusalCounter } from '../../../src/server/http/refusal-counter.ts'
import type { RouteContext } from '../../../src/server/http/route-context.ts'
import { createSendAnswer } from '../../../src/server/http/send-answer.ts'
import { createShowLogin } from '../../../src/server/page/show-login.ts'
import { createTurns } from '../../../src/system/turns.ts'
import { trusted } from '../../support/trusted-proxies.ts'
import { serveRoutes } from '../serve-routes.ts'
import { testStore } from '../store/support.ts'
import { withCookie } from './support.ts'

const KEY = 'the-right-key'

async function server({ isOpen = false } = {}) {
  let now = 1_000_000_000
  let wall = 1_000_000_000
  const context: RouteContext = {
    store: await testStore(),
    wallClock: () => wall,
    clock: () => now,
    version: '1.2.3',
    keys: isOpen ? undefined : { isKnown: key => key === KEY, isProvedBy: () => false },
    // The test itself is the proxy.
    clientOf: createClientOf(trusted('127.0.0.1')),
    refusals: createRefusalCounter(),
    ignoredCounter: createIgnoredCounter(
      () => {},
      () => 0,
    ),
    isLatenessPaused: () => false,
    dutyStates: () => [],
    inTurn: createTurns(),
    closing: new AbortController().signal,
  }
  const sessions = createSessions(context)
  const send = createSendAnswer(context.refusals, context.clientOf)
  const app = await serveRoutes(loginRoutes(context, sessions, createShowLogin(context.version), send))
  const post = (form: Record<string, string>, headers: Record<string, string> = {}, path = '/login') =>
    app.inject({
      method: 'POST',
      url: path,
      headers: { host: 'here', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    })
  return { app, sessions, post, pass: (ms: number) => (now += ms), setWallClock: (to: number) => (wall = to) }
}

function cookieOf(response: { headers: Record<string, unknown> }): string {
  return String(response.headers['set-cookie']).split(';')[0] ?? ''
}

test('the form asks for a key, by POST', async () => {
  const { app } = await server()
  const { statusCode, headers, body } = await app.inject('/login?next=%2Fmonitors%2Fa%252Fb')
  expect(statusCode).toBe(200)
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(headers['cache-control']).toBe('no-store')
  expect(body).toContain('<form method="post" action="/login">')
  expect(body).toContain('name="next" value="/monitors/a%2Fb"')
})

test('the right key starts a session, and leads back to the requested page', async () => {
  const { post, sessions } = await server()
  const response = await post({ key: ` ${KEY}\n`, next: '/monitors/a%2Fb' })
  expect([response.statusCode, response.headers.location]).toEqual([303, '/monitors/a%2Fb'])
  expect(sessions.accepts(withCookie(cookieOf(response)))).toBe(true)
})

test('a logged-in browser is not asked again, until it logs out', async () => {
  const { app, post, sessions } = await server()
  const cookie = cookieOf(await post({ key: KEY }))
  expect((await app.inject({ url: '/login', headers: { cookie } })).headers.location).toBe('/')
  const out = await post({}, { cookie }, '/logout')
  expect([out.statusCode, out.headers.location]).toEqual([303, '/login'])
  expect(sessions.accepts(withCookie(cookie))).toBe(false)
})

test('a wrong key is an error on the login page, without a cookie and without the key', async () => {
  const { post } = await server()
  const response = await post({ key: 'wr<o>ng-key', next: '/monitors/x' })
  expect(response.statusCode).toBe(401)
  expect(response.headers['set-cookie']).toBeUndefined()
  expect(response.body).toContain('This server does not know that key.')
  expect(response.body).toContain('value="/monitors/x"')
  expect(response.body).not.toContain('ng-key')
})

test('five wrong keys at once, then one every ten seconds; the right one has to wait as well', async () => {
  const { post, pass } = await server()
  const statuses = []
  for (let count = 0; count < 6; count += 1) statuses.push((await post({ key: 'wrong' })).statusCode)
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  const limited = await post({ key: KEY })
  expect([limited.statusCode, limited.headers['retry-after']]).toEqual([429, '10'])
  pass(10_000)
  expect((await post({ key: KEY })).statusCode).toBe(303)
})

test('setting the wall clock changes no wait', async () => {
  const { post, pass, setWallClock } = await server()
  for (let count = 0; count < 5; count += 1) await post({ key: 'wrong' })
  setWallClock(9_000_000_000_000)
  expect((await post({ key: KEY })).statusCode).toBe(429)
  setWallClock(0)
  pass(10_000)
  expect((await post({ key: KEY })).statusCode).toBe(303)
})

test('an IPv6 network of 64 bits is one client, and other clients of a proxy do not wait', async () => {
  const { post } = await server()
  const from = (address: string) => ({ 'x-forwarded-for': address })
  for (let count = 0; count < 5; count += 1) await post({ key: 'wrong' }, from(`2001:db8::${count}`))
  expect((await post({ key: KEY }, from('2001:db8::99'))).statusCode).toBe(429)
  expect((await post({ key: KEY }, from('2001:db8:0:1::99'))).statusCode).toBe(303)
  expect((await post({ key: KEY }, from('192.0.2.1'))).statusCode).toBe(303)
})

test('behind a proxy with HTTPS the cookie is for HTTPS only', async () => {
  const { post, sessions } = await server()
  const plain = await post({ key: KEY }, { 'x-forwarded-proto': 'http' })
  expect(plain.headers['set-cookie']).toEqual([expect.stringMatching(/^cronitor=[^;]*; (?!.*Secure)/)])
  const secure = await post({ key: KEY }, { 'x-forwarded-proto': 'https' })
  expect(secure.headers['set-cookie']).toEqual([expect.stringMatching(/^__Host-cronitor=.*; Secure$/)])
  expect(sessions.accepts(withCookie(cookieOf(secure)))).toBe(false)
})

test('a form is of this site if it comes from the host that the proxy names', async () => {
  const { post } = await server()
  const asked = { origin: 'https://cronitor.example', 'x-forwarded-host': 'cronitor.example' }
  expect((await post({ key: KEY }, asked)).statusCode).toBe(303)
  expect((await post({ key: KEY }, { ...asked, origin: 'https://other.example' })).statusCode).toBe(403)
})

test.each([
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  '/\t/evil.example',
  'javascript:alert(1)',
  '/x\r\nSet-Cookie: a=b',
  '/a\\b',
  '',
])('after logging in one stays on this server: %j', async next => {
  const { post } = await server()
  expect((await post({ key: KEY, next })).headers.location).toBe('/')
})

test('a cross-site form does not log in or out', async () => {
  const { post, sessions } = await server()
  const elsewhere = { origin: 'http://elsewhere' }
  const refused = await post({ key: KEY }, elsewhere)
  expect([refused.statusCode, refused.headers['set-cookie']]).toEqual([403, undefined])
  const cookie = cookieOf(await post({ key: KEY }, { origin: 'http://here' }))
  expect((await post({}, { ...elsewhere, cookie }, '/logout')).headers['set-cookie']).toBeUndefined()
  expect(sessions.accepts(withCookie(cookie))).toBe(true)
})

test('a request that is not a form is refused', async () => {
  const { app, post } = await server()
  const json = await app.inject({
    method: 'POST',
    url: '/login',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: KEY }),
  })
  expect(json.statusCode).toBe(415)
  expect((await post({ key: 'x'.repeat(9000) })).statusCode).toBe(413)
})

test('without keys there is nothing to log in to', async () => {
  const { app, post } = await server({ isOpen: true })
  expect((await app.inject('/login?next=/monitors/x')).headers.location).toBe('/monitors/x')
  const posted = await post({ key: '' })
  expect([posted.statusCode, posted.headers.location]).toEqual([303, '/'])
})

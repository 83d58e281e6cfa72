import { expect, test } from 'vitest'
import { MAX_IDLE_MS } from '../../../src/server/access/kept-sessions.ts'
import { createSessions } from '../../../src/server/access/sessions.ts'
import type { RequestClient } from '../../../src/server/http/client.ts'
import { withCookie } from './support.ts'

const client: RequestClient = {
  ip: '192.0.2.1',
  address: '192.0.2.1',
  isSecure: false,
  forwardedHost: undefined,
  isRemote: false,
}

function sessionsAt(options: { isSecure?: boolean } = {}) {
  let now = 1_000_000
  const known = new Set(['key-a', 'key-b'])
  let isSecure = options.isSecure ?? false
  const all = createSessions({
    keys: { isKnown: key => known.has(key), isProvedBy: () => false },
    clientOf: () => ({ ...client, isSecure }),
    clock: () => now,
    store: { peers: undefined },
  })
  const sessions = {
    accepts: (header: string | undefined) => all.accepts(withCookie(header)),
    begin: (key: string) => all.begin(withCookie(undefined), key),
    end: (header: string) => all.end(withCookie(header)),
  }
  /** As a browser sends it back. */
  const cookieOf = async (key: string) => (await sessions.begin(key)).split(';')[0] ?? ''
  const encrypt = (is: boolean) => {
    isSecure = is
  }
  return { sessions, known, cookieOf, encrypt, pass: (ms: number) => (now += ms) }
}

test('the cookie is for this server only, and scripts cannot read it', async () => {
  const { sessions } = sessionsAt()
  expect(await sessions.begin('key-a')).toMatch(/^cronitor=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  const secure = sessionsAt({ isSecure: true }).sessions
  expect(await secure.begin('key-a')).toMatch(
    /^__Host-cronitor=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  )
})

test('a session of an encrypted connection is not accepted from one that is not encrypted', async () => {
  const { sessions, cookieOf, encrypt } = sessionsAt({ isSecure: true })
  const cookie = await cookieOf('key-a')
  expect(sessions.accepts(cookie)).toBe(true)
  encrypt(false)
  expect(sessions.accepts(cookie)).toBe(false)
  const plain = await cookieOf('key-a')
  expect(plain).toMatch(/^cronitor=/)
  encrypt(true)
  expect(sessions.accepts(plain)).toBe(false)
})

test('sessions have different tokens of 256 bits', async () => {
  const asked: number[] = []
  const context = {
    keys: { isKnown: () => true, isProvedBy: () => false },
    clientOf: () => client,
    clock: () => 0,
    store: { peers: undefined },
  }
  const sessions = createSessions(context, bytes => {
    asked.push(bytes)
    return Buffer.alloc(bytes, asked.length)
  })
  const request = withCookie(undefined)
  expect(await sessions.begin(request, 'k')).not.toBe(await sessions.begin(request, 'k'))
  expect(asked).toEqual([32, 32])
})

test('a session is found among other cookies', async () => {
  const { sessions, cookieOf } = sessionsAt()
  const cookie = await cookieOf('key-a')
  expect(sessions.accepts(cookie)).toBe(true)
  expect(sessions.accepts(`theme=dark; cronitor=stale; ${cookie}; x=y`)).toBe(true)
})

test.each([undefined, '', 'cronitor=', 'cronitor=x', 'x', ';;;=', 'cronitor=undefined'])(
  'the Cookie header %j is nobody',
  async header => {
    const { sessions, cookieOf } = sessionsAt()
    await cookieOf('key-a')
    expect(sessions.accepts(header)).toBe(false)
  },
)

test('the API key is not a session token', async () => {
  const { sessions, cookieOf } = sessionsAt()
  await cookieOf('key-a')
  expect(sessions.accepts('cronitor=key-a')).toBe(false)
})

test('a session ends 12 hours after its last use', async () => {
  const { sessions, cookieOf, pass } = sessionsAt()
  const cookie = await cookieOf('key-a')
  pass(MAX_IDLE_MS)
  expect(sessions.accepts(cookie)).toBe(true)
  pass(MAX_IDLE_MS)
  expect(sessions.accepts(cookie)).toBe(true)
  pass(MAX_IDLE_MS + 1)
  expect(sessions.accepts(cookie)).toBe(false)
})

test('removing a key ends its sessions, and no others', async () => {
  const { sessions, known, cookieOf } = sessionsAt()
  const [a, b] = [await cookieOf('key-a'), await cookieOf('key-b')]
  known.delete('key-a')
  expect(sessions.accepts(a)).toBe(false)
  expect(sessions.accepts(b)).toBe(true)
  known.add('key-a')
  expect(sessions.accepts(a)).toBe(false)
})

test('logging out ends the session and removes the cookie', async () => {
  const { sessions, cookieOf } = sessionsAt()
  const cookie = await cookieOf('key-a')
  expect(await sessions.end(cookie)).toMatch(/^cronitor=; Path=\/; HttpOnly; SameSite=Strict; Max-Age=0$/)
  expect(sessions.accepts(cookie)).toBe(false)
})

test('at most a thousand sessions are kept; the longest unused one is dropped', async () => {
  const { sessions, cookieOf } = sessionsAt()
  const [first, second] = [await cookieOf('key-a'), await cookieOf('key-a')]
  expect(sessions.accepts(first)).toBe(true)
  for (let count = 0; count < 999; count += 1) await cookieOf('key-b')
  expect(sessions.accepts(second)).toBe(false)
  expect(sessions.accepts(first)).toBe(true)
})

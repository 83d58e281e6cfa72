import { expect, test } from 'vitest'
import { createSessions, MAX_IDLE_MS } from '../../../src/server/access/sessions.ts'

function sessionsAt(options: { isSecure?: boolean } = {}) {
  let now = 1_000_000
  const known = new Set(['key-a', 'key-b'])
  const sessions = createSessions({
    keys: { isKnown: key => known.has(key) },
    isSecure: options.isSecure ?? false,
    wallClock: () => now,
  })
  /** As a browser sends it back. */
  const cookieOf = (key: string) => sessions.begin(key).split(';')[0] ?? ''
  return { sessions, known, cookieOf, pass: (ms: number) => (now += ms) }
}

test('the cookie is for this server only, and scripts cannot read it', () => {
  const { sessions } = sessionsAt()
  expect(sessions.begin('key-a')).toMatch(/^cronitor=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  const secure = sessionsAt({ isSecure: true }).sessions
  expect(secure.begin('key-a')).toMatch(
    /^__Host-cronitor=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  )
})

test('sessions have different tokens of 256 bits', () => {
  const asked: number[] = []
  const { keys, isSecure, wallClock } = { keys: { isKnown: () => true }, isSecure: false, wallClock: () => 0 }
  const sessions = createSessions({ keys, isSecure, wallClock }, bytes => {
    asked.push(bytes)
    return Buffer.alloc(bytes, asked.length)
  })
  expect(sessions.begin('k')).not.toBe(sessions.begin('k'))
  expect(asked).toEqual([32, 32])
})

test('a session is found among other cookies', () => {
  const { sessions, cookieOf } = sessionsAt()
  const cookie = cookieOf('key-a')
  expect(sessions.accepts(cookie)).toBe(true)
  expect(sessions.accepts(`theme=dark; cronitor=stale; ${cookie}; x=y`)).toBe(true)
})

test.each([undefined, '', 'cronitor=', 'cronitor=x', 'x', ';;;=', 'cronitor=undefined'])(
  'the Cookie header %j is nobody',
  header => {
    const { sessions, cookieOf } = sessionsAt()
    cookieOf('key-a')
    expect(sessions.accepts(header)).toBe(false)
  },
)

test('the API key is not a session token', () => {
  const { sessions, cookieOf } = sessionsAt()
  cookieOf('key-a')
  expect(sessions.accepts('cronitor=key-a')).toBe(false)
})

test('a session ends 12 hours after its last use', () => {
  const { sessions, cookieOf, pass } = sessionsAt()
  const cookie = cookieOf('key-a')
  pass(MAX_IDLE_MS)
  expect(sessions.accepts(cookie)).toBe(true)
  pass(MAX_IDLE_MS)
  expect(sessions.accepts(cookie)).toBe(true)
  pass(MAX_IDLE_MS + 1)
  expect(sessions.accepts(cookie)).toBe(false)
})

test('removing a key ends its sessions, and no others', () => {
  const { sessions, known, cookieOf } = sessionsAt()
  const [a, b] = [cookieOf('key-a'), cookieOf('key-b')]
  known.delete('key-a')
  expect(sessions.accepts(a)).toBe(false)
  expect(sessions.accepts(b)).toBe(true)
  known.add('key-a')
  expect(sessions.accepts(a)).toBe(false)
})

test('logging out ends the session and removes the cookie', () => {
  const { sessions, cookieOf } = sessionsAt()
  const cookie = cookieOf('key-a')
  expect(sessions.end(cookie)).toMatch(/^cronitor=; Path=\/; HttpOnly; SameSite=Strict; Max-Age=0$/)
  expect(sessions.accepts(cookie)).toBe(false)
})

test('at most a thousand sessions are kept; the longest unused one is dropped', () => {
  const { sessions, cookieOf } = sessionsAt()
  const [first, second] = [cookieOf('key-a'), cookieOf('key-a')]
  expect(sessions.accepts(first)).toBe(true)
  for (let count = 0; count < 999; count += 1) cookieOf('key-b')
  expect(sessions.accepts(second)).toBe(false)
  expect(sessions.accepts(first)).toBe(true)
})

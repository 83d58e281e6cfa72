/** Browsers that talk to two servers with one database in turn, as behind a load balancer. */

import { expect, test } from 'vitest'
import { MAX_IDLE_MS } from '../../../src/server/access/kept-sessions.ts'
import { createKeyRing } from '../../../src/server/access/key-ring.ts'
import { createSessions } from '../../../src/server/access/sessions.ts'
import { FRESH_MS } from '../../../src/server/access/shared-sessions.ts'
import { settleMicrotasks } from '../../support/fake-clock.ts'
import { fakeDatabase } from '../store/fake-peers.ts'
import { withCookie } from './support.ts'

const client = {
  ip: '192.0.2.1',
  address: '192.0.2.1',
  isSecure: false,
  forwardedHost: undefined,
  isRemote: false,
}

function servers() {
  let now = 1_000_000
  const database = fakeDatabase(() => now)
  const start = (id: string) => {
    const keys = createKeyRing(['key-a', 'key-b'])
    const peer = database.peer(id)
    const sessions = createSessions({
      keys,
      clientOf: () => client,
      clock: () => now,
      store: { peers: peer },
    })
    return {
      keys,
      peer,
      logIn: async (key: string) => (await sessions.begin(withCookie(undefined), key)).split(';')[0] ?? '',
      logOut: (cookie: string) => sessions.end(withCookie(cookie)),
      /** As a request of a page. */
      accepts: async (cookie: string) => {
        await sessions.load(withCookie(cookie))
        return sessions.accepts(withCookie(cookie))
      },
      /** As an open stream before an update. */
      stillAccepts: async (cookie: string) => {
        const isAccepted = sessions.accepts(withCookie(cookie))
        await settleMicrotasks()
        return isAccepted
      },
    }
  }
  return { a: start('a'), b: start('b'), pass: (ms: number) => (now += ms) }
}

test('a login on one server is valid on the other', async () => {
  const { a, b } = servers()
  const cookie = await a.logIn('key-a')
  expect([await a.accepts(cookie), await b.accepts(cookie)]).toEqual([true, true])
  expect(await b.accepts('cronitor=guessed')).toBe(false)
})

test('a logout on one ends it on the other, also for a stream that is open there', async () => {
  const { a, b, pass } = servers()
  const cookie = await a.logIn('key-a')
  expect(await b.accepts(cookie)).toBe(true)
  await a.logOut(cookie)
  expect(await a.accepts(cookie)).toBe(false)
  pass(FRESH_MS)
  await b.stillAccepts(cookie)
  expect(await b.stillAccepts(cookie)).toBe(false)
  expect(await b.accepts(cookie)).toBe(false)
})

test('a session ends where its key is removed', async () => {
  const { a, b } = servers()
  const [ofA, ofB] = [await a.logIn('key-a'), await a.logIn('key-b')]
  b.keys.replace(['key-b'])
  expect([await b.accepts(ofA), await b.accepts(ofB)]).toEqual([false, true])
})

test('it ends 12 hours after its last use on any of them', async () => {
  const { a, b, pass } = servers()
  const cookie = await a.logIn('key-a')
  pass(MAX_IDLE_MS - 1)
  expect(await b.accepts(cookie)).toBe(true)
  pass(MAX_IDLE_MS - 1)
  expect(await a.accepts(cookie)).toBe(true)
  pass(MAX_IDLE_MS + 1)
  expect(await a.accepts(cookie)).toBe(false)
})

test('the requests of a page ask the database once', async () => {
  const { a, b } = servers()
  const cookie = await a.logIn('key-a')
  b.peer.calls = 0
  for (let request = 0; request < 10; request += 1) await b.accepts(cookie)
  expect(b.peer.calls).toBe(1)
})

test('without the database a request fails, and an open stream goes on for a minute', async () => {
  const { a, b, pass } = servers()
  const cookie = await a.logIn('key-a')
  await b.accepts(cookie)
  b.peer.problem = new Error('away')
  pass(FRESH_MS)
  await expect(b.accepts(cookie)).rejects.toThrow('away')
  expect(await b.stillAccepts(cookie)).toBe(true)
  pass(60_000)
  expect(await b.stillAccepts(cookie)).toBe(false)
})

test('neither the token nor the key is given to the database', async () => {
  const { a } = servers()
  const given: unknown[] = []
  const { begin } = a.peer.sessions
  Object.assign(a.peer.sessions, {
    begin: (...args: Parameters<typeof begin>) => {
      given.push(args)
      return begin(...args)
    },
  })
  const token = (await a.logIn('key-a')).split('=')[1] ?? ''
  expect(JSON.stringify(given)).not.toContain(token)
  expect(JSON.stringify(given)).not.toContain('key-a')
  expect(given).toHaveLength(1)
})

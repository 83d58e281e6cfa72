import { expect, onTestFinished, test } from 'vitest'
import { createRoutes } from '../../../src/server/all-routes.ts'
import { createClientOf } from '../../../src/server/http/client.ts'
import { createIgnoredCounter } from '../../../src/server/http/ignored-counter.ts'
import { createRefusalCounter } from '../../../src/server/http/refusal-counter.ts'
import { audienceOf, isReservedName, RESERVED_NAMES } from '../../../src/server/http/reserved-paths.ts'
import type { RouteContext } from '../../../src/server/http/route-context.ts'
import { pageRoutes } from '../../../src/server/page/page-routes.ts'
import { createTurns } from '../../../src/system/turns.ts'
import { testStore } from '../store/support.ts'

/** The paths of all routes, such as `/monitors/*`. */
async function routePaths(): Promise<string[]> {
  const closing = new AbortController()
  const context: RouteContext = {
    store: await testStore(),
    wallClock: () => 0,
    version: '0',
    keys: undefined,
    clientOf: createClientOf(),
    clock: () => 0,
    refusals: createRefusalCounter(),
    ignoredCounter: createIgnoredCounter(
      () => {},
      () => 0,
    ),
    isLatenessPaused: () => false,
    dutyStates: () => [],
    inTurn: createTurns(),
    closing: closing.signal,
  }
  onTestFinished(() => closing.abort())
  // The page has no assets until it is built.
  const assets = pageRoutes(context, () => true, { script: Buffer.from('') })
  return [...new Set([...createRoutes(context).routes, ...assets].map(({ path }) => path))]
}

const firstOf = (path: string) => path.split('/')[1] ?? ''

test('every route has a reserved name, and every reserved name has a route', async () => {
  const names = new Set((await routePaths()).map(firstOf))
  expect([...names].filter(name => !isReservedName(name))).toEqual([])
  // What senders have is told apart by all-routes.ts; browsers ask for an icon of that name by themselves.
  const elsewhere = ['p', 'ping', 'favicon.ico']
  expect(RESERVED_NAMES.filter(name => !names.has(name))).toEqual(
    elsewhere.sort((a, b) => RESERVED_NAMES.indexOf(a) - RESERVED_NAMES.indexOf(b)),
  )
})

test('some paths are for everybody, and all others need a key', async () => {
  const paths = await routePaths()
  const open = paths.filter(path => audienceOf(path) === 'anyone').map(firstOf)
  expect(new Set(open)).toEqual(new Set(['assets', 'healthz', 'login', 'logout', 'robots.txt']))
  for (const path of ['/', '/monitors/*', '/api/monitors', '/api/events', '/api/stream', '/metrics']) {
    expect(paths).toContain(path)
    expect(audienceOf(path)).toBe('readers')
  }
  for (const path of ['/something-new', '/__proto__', '']) expect(audienceOf(path)).toBe('readers')
})

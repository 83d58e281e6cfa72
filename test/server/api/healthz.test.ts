import { expect, test } from 'vitest'
import { healthzRoute } from '../../../src/server/api/healthz.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { testStore } from '../store/support.ts'
import { serverForTest } from './support.ts'

const withCheck = async (check: Store['check']): Promise<Store> => ({ ...(await testStore()), check })

test('the server is healthy if the store answers', async () => {
  const { get } = await serverForTest()
  const asked = await get('/healthz')
  expect(asked).toMatchObject({ status: 200, text: 'ok\n' })
  expect(asked.headers['cache-control']).toBe('no-store')
})

test('the server is not healthy if events cannot be stored, and says why', async () => {
  const { get } = await serverForTest({
    store: await withCheck(() => Promise.reject(new Error('the disk is full'))),
  })
  expect(await get('/healthz')).toMatchObject({
    status: 503,
    text: 'events cannot be stored: the disk is full\n',
  })
})

test('the server is not healthy if the store takes too long', async () => {
  const { get } = await serverForTest({
    store: await withCheck(() => new Promise(() => {})),
    routes: context => [healthzRoute(context, 0)],
  })
  expect(await get('/healthz')).toMatchObject({ status: 503, text: 'the database does not answer\n' })
})

test('the server is not healthy while it stops', async () => {
  const ending = new AbortController()
  ending.abort()
  const { get } = await serverForTest({
    routes: context => [healthzRoute({ ...context, closing: ending.signal })],
  })
  expect(await get('/healthz')).toMatchObject({ status: 503, text: 'the server is stopping\n' })
})

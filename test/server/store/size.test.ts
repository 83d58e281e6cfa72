import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { event, recordAll, testStore } from './support.ts'

test('the size is that of whole pages, and grows', async () => {
  const store = await testStore()
  const before = await store.size()
  expect(before).toBeGreaterThan(0)
  expect(before % 512).toBe(0)
  await recordAll(
    store,
    Array.from({ length: 100 }, (_, at) => event('ok', at, { message: randomBytes(1000).toString('hex') })),
  )
  expect(await store.size()).toBeGreaterThan(before)
})

import { expect, test } from 'vitest'
import { createMonitorCache } from '../../../src/server/page/monitor-cache.ts'
import { parseListing } from '../../../src/server/page/monitor-listing.ts'
import { overviewContent } from '../../../src/server/page/page-content.ts'
import { readerStateOf, updateFor } from '../../../src/server/page/update-diff.ts'
import { event, NOW, recordAll, testStore } from '../store/support.ts'

async function scene() {
  const store = await testStore()
  const wallClock = () => NOW
  const cache = createMonitorCache({ store, clock: wallClock, inTurn: work => work() })
  const content = async (search: string) =>
    overviewContent(await cache.read(), parseListing(new URLSearchParams(search)), 'http://h', {
      store,
      cache,
      wallClock,
      needsKey: false,
    })
  return { store, content }
}

test('a page of one environment has its states and runs, and changes with its events alone', async () => {
  const { store, content } = await scene()
  await recordAll(store, [event('fail', 1, { env: 'production' }), event('complete', 2, { env: 'staging' })])
  const before = await content('env=production')
  expect(before.title).toBe('(1) Monitors in production')
  expect(before.parts.heading).toBe('Monitors in production')
  expect(before.parts.states).toMatch(/Failing<\/span> <b>1<.*Healthy<\/span> <b>0</)
  expect(before.rows.map(({ markup }) => markup())).toEqual([
    expect.stringMatching(/The last run: 1 failed"/),
  ])

  await store.record(event('fail', 3, { env: 'staging' }))
  expect(updateFor(readerStateOf(before), await content('env=production'))).toBeUndefined()
  await store.record(event('complete', 4, { env: 'production' }))
  const after = await content('env=production')
  expect(updateFor(readerStateOf(before), after)?.rows).toHaveLength(1)
  expect(after.title).toBe('Monitors in production')
  expect((await content('')).title).toBe('(1) Monitors')
})

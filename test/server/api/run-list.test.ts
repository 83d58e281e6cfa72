import { expect, test } from 'vitest'
import { listRuns, type RunParameters } from '../../../src/server/api/run-list.ts'
import type { Run } from '../../../src/server/monitors/monitors.ts'
import type { RunQuery, Store } from '../../../src/server/store/store.ts'

/** Has the runs `count` to 1, of which those that `isFailed` holds for have failed, and counts what was looked at. */
function storeOf(count: number, isFailed: (id: number) => boolean) {
  let lookedAt = 0
  const runs = async ({ limit, before = count + 1 }: RunQuery): Promise<Run[]> => {
    const size = Math.max(0, Math.min(limit, before - 1))
    lookedAt += size
    return Array.from({ length: size }, (_, at) => before - 1 - at).map(id => ({
      id,
      monitorKey: 'job',
      state: isFailed(id) ? 'failed' : 'complete',
    }))
  }
  // The other calls of a store are none of its business.
  const store = { runs, runsUpTo: async () => 7 } as unknown as Store
  return { store, lookedAt: () => lookedAt }
}

async function page(store: Store, parameters: RunParameters) {
  const { runs, next, newest } = await listRuns(store, parameters, undefined)
  expect(newest).toBe(7)
  return { ids: runs.map(({ id }) => id), next }
}

test('without a filter no more is looked at than is told', async () => {
  const { store, lookedAt } = storeOf(5000, () => false)
  const { ids, next } = await page(store, {})
  expect([ids[0], ids.length, next]).toEqual([5000, 100, 4901])
  expect(lookedAt()).toBe(100)
})

test('with a filter the looking ends at a bound, and the next page goes on from there', async () => {
  const { store, lookedAt } = storeOf(50_000, id => id === 100 || id === 40_000)
  const parameters: RunParameters = { state: 'failed', limit: 10 }
  expect(await page(store, parameters)).toEqual({ ids: [40_000], next: 30_001 })
  expect(lookedAt()).toBe(20_000)
  expect(await page(store, { ...parameters, before: 30_001 })).toEqual({ ids: [], next: 10_001 })
  expect(await page(store, { ...parameters, before: 10_001 })).toEqual({ ids: [100], next: undefined })
})

test('where a page is full in the midst of what was looked at, the next one begins there', async () => {
  const { store } = storeOf(3000, id => id % 10 === 0)
  const parameters: RunParameters = { state: 'failed', limit: 7 }
  const first = await page(store, parameters)
  expect(first).toEqual({ ids: [3000, 2990, 2980, 2970, 2960, 2950, 2940], next: 2940 })
  expect((await page(store, { ...parameters, before: 2940 })).ids[0]).toBe(2930)
})

test.each([999, 1000, 1001])(
  '%i runs of which all are wanted are one page of a thousand, or two',
  async count => {
    const { store } = storeOf(count, () => true)
    const parameters: RunParameters = { state: 'failed', limit: 1000 }
    const first = await page(store, parameters)
    expect(first.ids).toHaveLength(Math.min(count, 1000))
    const rest =
      first.next === undefined ? [] : (await page(store, { ...parameters, before: first.next })).ids
    expect(first.ids.length + rest.length).toBe(count)
  },
)

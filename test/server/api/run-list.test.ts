import { expect, test } from 'vitest'
import { listRuns, type RunParameters } from '../../../src/server/api/run-list.ts'
import type { Run } from '../../../src/server/monitors/monitors.ts'
import type { RunQuery, Store } from '../../../src/server/store/store.ts'

/** A store with the runs `count` to 1, of which `isFailed` chooses the failed ones. It counts the runs that were read. */
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
  // The other calls of a store are not used.
  const store = { runs, runsUpTo: async () => 7 } as unknown as Store
  return { store, lookedAt: () => lookedAt }
}

async function page(store: Store, parameters: RunParameters) {
  const { runs, next, newest } = await listRuns(store, parameters, undefined)
  expect(newest).toBe(7)
  return { ids: runs.map(({ id }) => id), next }
}

test('without a filter only the listed runs are read', async () => {
  const { store, lookedAt } = storeOf(5000, () => false)
  const { ids, next } = await page(store, {})
  expect([ids[0], ids.length, next]).toEqual([5000, 100, 4901])
  expect(lookedAt()).toBe(100)
})

test('with a filter a limited number of runs is read, and the next page continues there', async () => {
  const { store, lookedAt } = storeOf(50_000, id => id === 100 || id === 40_000)
  const parameters: RunParameters = { state: 'failed', limit: 10 }
  expect(await page(store, parameters)).toEqual({ ids: [40_000], next: 30_001 })
  expect(lookedAt()).toBe(20_000)
  expect(await page(store, { ...parameters, before: 30_001 })).toEqual({ ids: [], next: 10_001 })
  expect(await page(store, { ...parameters, before: 10_001 })).toEqual({ ids: [100], next: undefined })
})

test('the next page starts after the last listed run, although more runs were read', async () => {
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

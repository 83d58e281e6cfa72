import { expect, test, vi } from 'vitest'
import type { Monitor } from '../../../src/server/monitors/monitors.ts'
import { monitorSlices } from '../../../src/server/store/monitor-slices.ts'
import type { KeyRange, Store } from '../../../src/server/store/store.ts'
import { createTurns } from '../../../src/system/turns.ts'
import { event, NOW, testStore } from './support.ts'

async function filled(count: number) {
  const store = await testStore()
  const keys = Array.from(
    { length: count },
    (_, index) => `job-${index % 2 ? '\u{1f600}' : '\uffee'}-${index}`,
  )
  await Promise.all(keys.map(monitorKey => store.record(event('ok', 0, { monitorKey }))))
  return { store, keys }
}

test('each monitor is in one slice, whatever characters its key has, and no slice is large', async () => {
  const { store, keys } = await filled(700)
  const monitors = vi.fn(store.monitors)
  const slices: string[][] = []
  const source = { store: { monitors }, inTurn: createTurns() }
  for await (const slice of monitorSlices(source, { recent: 0 }, list => list.map(({ key }) => key))) {
    slices.push(slice)
  }
  expect(slices.flat().toSorted()).toEqual(keys.toSorted())
  expect(Math.max(...slices.map(({ length }) => length))).toBeLessThanOrEqual(250)
  expect(monitors).toHaveBeenCalledTimes(slices.length)
})

/** As monitorSlices() asks for them: each with so many environments and runs. */
async function limitsFor(shape: { readonly envs: number; readonly runs: number }, recent: number) {
  const limits: number[] = []
  const monitors: Store['monitors'] = async ({ limit = 0, after = '0' } = {}) => {
    limits.push(limit)
    const count = Math.min(limit, 2000 - Number(after))
    return Array.from({ length: count }, (_, index) => monitor(String(Number(after) + index + 1), shape))
  }
  for await (const _ of monitorSlices({ store: { monitors }, inTurn: createTurns() }, { recent }, () => {}));
  return limits
}

function monitor(key: string, { envs, runs }: { readonly envs: number; readonly runs: number }): Monitor {
  const health = {
    isFailing: false,
    isLate: false,
    isOverrunning: false,
    health: 'unknown',
    state: 'quiet',
  } as const
  const environments = Array(envs).fill({ env: 'env', ...health })
  const run = { id: 1, monitorKey: key, state: 'complete' } as const
  return { key, ...health, envs: [], environments, recent: Array(runs).fill(run) }
}

test('slices have fewer monitors if these have many environments, and more if they have few runs', async () => {
  expect(await limitsFor({ envs: 1, runs: 0 }, 0)).toEqual(Array(9).fill(250))
  expect((await limitsFor({ envs: 10, runs: 0 }, 0)).slice(0, 3)).toEqual([250, 25, 25])
  expect((await limitsFor({ envs: 1, runs: 30 }, 30)).slice(0, 3)).toEqual([8, 8, 8])
  expect((await limitsFor({ envs: 1, runs: 9 }, 30)).slice(0, 3)).toEqual([8, 16, 16])
})

test('a slice is bounded even if no monitor had a run so far, or each has a thousand environments', async () => {
  expect((await limitsFor({ envs: 1, runs: 0 }, 30)).slice(0, 3)).toEqual([8, 16, 16])
  expect((await limitsFor({ envs: 1000, runs: 0 }, 0)).slice(0, 3)).toEqual([250, 5, 5])
})

test('totals of the ranges of the slices are all totals, also of a monitor that is added meanwhile', async () => {
  const { store, keys } = await filled(600)
  const ranges: KeyRange[] = []
  const source = { store, inTurn: createTurns() }
  for await (const range of monitorSlices(source, { recent: 0 }, (_, each) => each)) {
    ranges.push(range)
    if (ranges.length === 1) await store.record(event('ok', 1, { monitorKey: 'zzz', receivedAt: NOW }))
  }
  const totals = await Promise.all(ranges.map(range => store.totals(range)))
  const counted = totals.flatMap(({ lastSuccess }) => lastSuccess.map(({ monitorKey }) => monitorKey))
  expect(counted.toSorted()).toEqual([...keys, 'zzz'].toSorted())
})

test('a monitor in many environments is not divided', async () => {
  const store = await testStore()
  const envs = Array.from({ length: 300 }, (_, index) => `env-${index}`)
  await Promise.all(
    ['a', 'b', 'c'].flatMap(monitorKey => envs.map(env => store.record(event('ok', 0, { monitorKey, env })))),
  )
  const [first, ...rest] = await store.monitors({ recent: 0, limit: 1 })
  expect(rest).toEqual([])
  expect(first).toMatchObject({ key: 'a', environments: { length: 300 } })
  expect((await store.monitors({ recent: 0, limit: 2, after: 'a' })).map(({ key }) => key)).toEqual([
    'b',
    'c',
  ])
  expect(await store.monitors({ recent: 0, limit: 2, env: 'env-7' })).toMatchObject([
    { key: 'a', envs: ['env-7'] },
    { key: 'b', envs: ['env-7'] },
  ])
})

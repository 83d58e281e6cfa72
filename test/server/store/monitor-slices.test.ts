import { expect, test, vi } from 'vitest'
import { monitorSlices } from '../../../src/server/store/monitor-slices.ts'
import type { KeyRange } from '../../../src/server/store/store.ts'
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

test('with runs, slices have fewer monitors', async () => {
  const { store } = await filled(40)
  const sizes: number[] = []
  const source = { store, inTurn: createTurns() }
  for await (const size of monitorSlices(source, { recent: 30 }, ({ length }) => length)) sizes.push(size)
  expect(Math.max(...sizes)).toBeLessThan(20)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(40)
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

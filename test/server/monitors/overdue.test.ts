import { expect, onTestFinished, test } from 'vitest'
import { watchOverdue } from '../../../src/server/monitors/overdue.ts'
import type { News } from '../../../src/server/store/store.ts'
import { NOW, naps, settled } from '../notify/support.ts'

interface Watched {
  /** The times that markLate was called with. */
  readonly asked: number[]
  readonly warnings: string[]
  readonly lengths: () => number[]
  readonly wake: () => Promise<void>
  readonly news: (news: Partial<News>) => Promise<void>
  readonly checkNow: () => void
  readonly close: () => Promise<void>
  now: number
  next: number | undefined
  problem: Error | undefined
}

async function watched(next: number | undefined): Promise<Watched> {
  const resting = naps()
  const listeners = new Set<(news: News) => void>()
  const asked: number[] = []
  const warnings: string[] = []
  const state = { now: NOW, next, problem: undefined as Error | undefined }
  const lateness = watchOverdue({
    store: {
      markLate: async now => {
        asked.push(now)
        if (state.problem !== undefined) throw state.problem
        return state.next
      },
      onStored: listener => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    wallClock: () => state.now,
    sleep: resting.sleep,
    warn: problem => warnings.push(problem),
  })
  onTestFinished(() => lateness.close())
  await settled()
  return Object.assign(state, {
    asked,
    warnings,
    lengths: resting.lengths,
    wake: resting.wake,
    news: async (news: Partial<News>) => {
      for (const listener of listeners) listener({ events: [], healthChanged: false, ...news })
      await settled()
    },
    ...lateness,
  })
}

test('the store is checked at once, and again at the time that it gives', async () => {
  const watch = await watched(NOW + 25_000)
  expect(watch.asked).toEqual([NOW])
  expect(watch.lengths()).toEqual([25_000])
  watch.now += 25_000
  watch.next = NOW + 40_000
  await watch.wake()
  expect(watch.asked).toEqual([NOW, NOW + 25_000])
  expect(watch.lengths()).toEqual([15_000])
})

test('the clock is read each minute, since it may be set and the machine may sleep', async () => {
  const watch = await watched(NOW + 400 * 86_400_000)
  expect(watch.lengths()).toEqual([60_000])
  watch.now += 400 * 86_400_000
  await watch.wake()
  expect(watch.asked.at(-1)).toBe(NOW + 400 * 86_400_000)
})

test('a time in the past causes no loop without a pause', async () => {
  const watch = await watched(NOW - 5000)
  expect(watch.asked).toHaveLength(1)
  expect(watch.lengths()).toEqual([1])
})

test('without expectations, only a change of health or of expectations wakes it', async () => {
  const watch = await watched(undefined)
  expect(watch.lengths()[0]).toBeGreaterThan(86_400_000)
  await watch.news({})
  expect(watch.asked).toHaveLength(1)
  watch.next = NOW + 1000
  await watch.news({ healthChanged: true })
  expect(watch.asked).toHaveLength(2)
  expect(watch.lengths()).toEqual([1000])
  watch.next = NOW + 500
  watch.checkNow()
  await settled()
  expect(watch.asked).toHaveLength(3)
  expect(watch.lengths()).toEqual([500])
})

test('a failing store causes one warning, and is checked again', async () => {
  const watch = await watched(NOW + 1000)
  watch.problem = new Error('disk I/O error')
  await watch.wake()
  await watch.wake()
  expect(watch.warnings).toEqual(['cannot check for late monitors: disk I/O error'])
  watch.problem = undefined
  await watch.wake()
  expect(watch.lengths()).toEqual([1000])
})

test('after close() the store is not checked again', async () => {
  const watch = await watched(NOW + 1000)
  await watch.close()
  await watch.news({ healthChanged: true })
  expect(watch.asked).toHaveLength(1)
  expect(watch.lengths()).toEqual([])
})

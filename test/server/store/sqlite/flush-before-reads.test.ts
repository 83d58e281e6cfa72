import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../src/server/store/sqlite/engine.ts'
import { createEngineStore } from '../../../../src/server/store/sqlite/engine-store.ts'
import { createSameThreadEngine } from '../../../../src/server/store/sqlite/thread/same-thread-engine.ts'
import { event, NOW } from '../support.ts'

/** A store that writes at most ten events a flush. */
async function storeWithSmallFlushes() {
  const limits = { maxPending: 10_000, eventsPerFlush: 10 }
  const engine = createSameThreadEngine(createEngine(await openDatabase(':memory:'), { limits }))
  const flushes: number[] = []
  const flushDue: typeof engine.flushDue = due => {
    flushes.push(due)
    return engine.flushDue(due)
  }
  const store = createEngineStore({ ...engine, flushDue }, () => NOW)
  onTestFinished(() => store.close())
  return { store, flushes }
}

const monitor = (index: number) => ({ monitorKey: `job-${index}`, series: 'a' })

test('an event is stored while a read still writes the rows of earlier events, and the read includes those', async () => {
  const { store, flushes } = await storeWithSmallFlushes()
  await Promise.all(Array.from({ length: 200 }, (_, index) => store.record(event('run', 0, monitor(index)))))
  const order: string[] = []
  const read = store.runs({ limit: 1000 }).then(runs => {
    order.push('read')
    return runs
  })
  await store.record(event('run', 1, monitor(1000))).then(() => order.push('event'))
  expect((await read).length).toBeGreaterThanOrEqual(200)
  expect(order).toEqual(['event', 'read'])
  expect(flushes.length).toBeGreaterThanOrEqual(20)
})

test('reads at the same time share the flushes', async () => {
  const { store, flushes } = await storeWithSmallFlushes()
  await Promise.all(Array.from({ length: 200 }, (_, index) => store.record(event('run', 0, monitor(index)))))
  const reads = await Promise.all(Array.from({ length: 50 }, () => store.runs({ limit: 1000 })))
  expect(reads.map(({ length }) => length)).toEqual(Array(50).fill(200))
  expect(flushes.length).toBeLessThan(30)
})

test('a read in slices flushes before its first slice only', async () => {
  const { store, flushes } = await storeWithSmallFlushes()
  await store.record(event('run', 0, monitor(1)))
  await store.monitors({ limit: 1 })
  const before = flushes.length
  expect(before).toBeGreaterThan(0)
  await store.record(event('run', 0, monitor(2)))
  await store.monitors({ limit: 1, after: 'job-1' })
  await store.totals({ after: 'job-1' })
  expect(flushes.length).toBe(before)
})

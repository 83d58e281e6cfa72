import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../../../support/temp.ts'
import { event, testStore } from '../support.ts'

test('many rows are removed in steps, events are recorded between them, and the file shrinks', async () => {
  const file = join(tempDir('prune'), 'store.db')
  const store = await testStore({ place: file })
  const message = 'x'.repeat(1500)
  for (let group = 0; group < 16; group += 1) {
    if (group === 15) await store.addRunningTime(0)
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        store.record(event('complete', group * 500 + index, { message })),
      ),
    )
  }
  const order: string[] = []
  const pruned = store.prune(0).then(count => {
    order.push('pruned')
    return count
  })
  await store.record(event('complete', 8000)).then(() => order.push('recorded'))
  expect(await pruned).toBe(7500)
  expect(order).toEqual(['recorded', 'pruned'])
  expect((await store.events({ after: 0, limit: 1000 })).map(({ id }) => id)).toEqual(
    Array.from({ length: 501 }, (_, index) => 7501 + index),
  )
  expect((await store.monitors({ recent: 30 }))[0]?.recent).toHaveLength(30)
  await store.close()
  expect(statSync(file).size).toBeLessThan(8_000_000)
})

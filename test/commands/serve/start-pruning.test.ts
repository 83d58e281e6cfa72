import { expect, test } from 'vitest'
import { startPruning } from '../../../src/commands/serve/start-pruning.ts'

function started(prune: (before: number) => Promise<number>) {
  let tick = () => {}
  let ended = false
  const warnings: string[] = []
  const part = startPruning({
    store: { prune },
    retainMs: 1000,
    warn: words => warnings.push(words),
    wallClock: () => 10_000,
    every: work => {
      tick = work
      return () => {
        ended = true
      }
    },
  })
  return { part, warnings, tick: () => tick(), isEnded: () => ended }
}

test('old events are removed at once, and then at each interval', async () => {
  const asked: number[] = []
  const { tick, part, isEnded } = started(async before => asked.push(before))
  expect(asked).toEqual([9000])
  await Promise.resolve().then(() => {})
  await Promise.resolve()
  tick()
  expect(asked).toEqual([9000, 9000])
  expect(isEnded()).toBe(false)
  await part.close()
  expect(isEnded()).toBe(true)
})

test('a prune does not start while another one is running', async () => {
  let count = 0
  let finish = () => {}
  const { tick } = started(() => {
    count += 1
    return new Promise(resolve => {
      finish = () => resolve(0)
    })
  })
  tick()
  tick()
  expect(count).toBe(1)
  finish()
  await new Promise(resolve => setImmediate(resolve))
  tick()
  expect(count).toBe(2)
})

test('a prune that fails is a warning, and the next one runs', async () => {
  let count = 0
  const { tick, warnings } = started(async () => {
    count += 1
    throw new Error('the disk is full')
  })
  await new Promise(resolve => setImmediate(resolve))
  expect(warnings).toEqual(['old events could not be removed: the disk is full'])
  tick()
  expect(count).toBe(2)
})

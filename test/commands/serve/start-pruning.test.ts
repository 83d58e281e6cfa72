import { expect, test } from 'vitest'
import { startPruning } from '../../../src/commands/serve/start-pruning.ts'
import type { Store } from '../../../src/server/store/store.ts'

const settle = () => new Promise(resolve => setImmediate(resolve))

function started(prune: Store['prune'], addRunningTime?: Store['addRunningTime']) {
  const state = { now: 5000, ended: false, ran: [] as number[] }
  let tick = () => {}
  const warnings: string[] = []
  const part = startPruning({
    store: {
      prune,
      addRunningTime:
        addRunningTime ??
        (async ms => {
          state.ran.push(ms)
        }),
    },
    retainMs: 1000,
    warn: words => warnings.push(words),
    clock: () => state.now,
    every: work => {
      tick = work
      return () => {
        state.ended = true
      }
    },
  })
  return { part, warnings, state, tick: () => tick() }
}

test('old events are removed at once, and then at each interval', async () => {
  const asked: number[] = []
  const { tick, part, state } = started(async retainMs => asked.push(retainMs))
  await settle()
  expect(asked).toEqual([1000])
  tick()
  await settle()
  expect(asked).toEqual([1000, 1000])
  expect(state.ended).toBe(false)
  await part.close()
  expect(state.ended).toBe(true)
  expect(asked).toHaveLength(2)
})

test('all of the running time is counted once, the last part of it at the end', async () => {
  const { tick, part, state } = started(async () => 0)
  await settle()
  state.now += 3600
  tick()
  await settle()
  state.now += 40
  await part.close()
  expect(state.ran).toEqual([0, 3600, 40])
})

test('running time that cannot be stored is not counted later', async () => {
  const ran: number[] = []
  let isFull = true
  const { tick, state, warnings } = started(
    async () => 0,
    async ms => {
      if (isFull) throw new Error('the disk is full')
      ran.push(ms)
    },
  )
  await settle()
  isFull = false
  state.now += 10
  tick()
  await settle()
  expect(ran).toEqual([10])
  expect(warnings).toEqual(['old events could not be removed: the disk is full'])
})

test('a prune does not start while another one is running, and close() does not wait for it', async () => {
  let count = 0
  let finish = () => {}
  const { tick, part } = started(() => {
    count += 1
    return new Promise(resolve => {
      finish = () => resolve(0)
    })
  })
  await settle()
  tick()
  tick()
  await settle()
  expect(count).toBe(1)
  finish()
  await settle()
  tick()
  await settle()
  expect(count).toBe(2)
  await part.close()
})

test('a prune that fails is a warning, and the next one runs', async () => {
  let count = 0
  const { tick, warnings } = started(async () => {
    count += 1
    throw new Error('the disk is full')
  })
  await settle()
  expect(warnings).toEqual(['old events could not be removed: the disk is full'])
  tick()
  await settle()
  expect(count).toBe(2)
})

import { expect, test } from 'vitest'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../src/server/store/sqlite/engine.ts'
import { packEvents } from '../../../../src/server/store/sqlite/packed-events.ts'
import { createRecoveringEngine } from '../../../../src/server/store/sqlite/recovering-engine.ts'
import { event } from '../support.ts'

async function recovering() {
  const readOnly = createEngine(await openDatabase(':memory:'))
  readOnly.record(packEvents([event('fail', 0)]))
  const writable = createEngine(await openDatabase(':memory:'))
  const state = { now: 0, problem: 'the disk is full' as string | undefined, tries: 0 }
  const reopen = () => {
    state.tries += 1
    if (state.problem !== undefined) throw new Error(state.problem)
    return writable
  }
  const engine = createRecoveringEngine(readOnly, 'it was full at the start', reopen, () => state.now)
  return { engine, state }
}

const write = packEvents([event('ok', 1)])

test('reads are answered by the first database, writes fail with the reason', async () => {
  const { engine, state } = await recovering()
  expect(engine.isReadOnly()).toBe(true)
  expect(engine.newest().event).toBe(1)
  expect(() => engine.record(write)).toThrow('it was full at the start')
  state.now = 1000
  expect(() => engine.setCursor('mail', 1)).toThrow('the disk is full')
  expect(engine.monitors()).toMatchObject([{ health: 'failing' }])
})

test('a write opens the database anew, at most once a second', async () => {
  const { engine, state } = await recovering()
  for (state.now = 0; state.now < 3000; state.now += 100) expect(() => engine.storeProbe(0)).toThrow()
  expect(state.tries).toBe(2)
  state.problem = undefined
  state.now = 3000
  expect(engine.record(write).ids).toEqual([1])
  expect(engine.isReadOnly()).toBe(false)
  expect(engine.monitors()).toMatchObject([{ health: 'healthy' }])
  expect(engine.record(write).ids).toEqual([2])
  expect(state.tries).toBe(3)
})

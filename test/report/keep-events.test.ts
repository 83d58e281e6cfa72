import { linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepEvents, toSpooled } from '../../src/report/keep-events.ts'
import type { SpoolKeeper } from '../../src/report/spool-keeper.ts'
import { putEvents } from '../../src/spool/put-events.ts'
import { filesIn, KEY_PRINT, spooledOf, spoolForTest, statesIn } from '../spool/support.ts'
import { eventOf } from '../support/fake-clock.ts'
import { settingsForTest, stageOf } from './support.ts'

const time = { at: Date.now(), up: 0 }

function keeperForTest(): SpoolKeeper {
  const { notices } = stageOf()
  const spool = spoolForTest({ wallClock: Date.now })
  return { spool, key: KEY_PRINT, address: 'configured', settings: settingsForTest(), notices }
}

test('events are written to the queue in their order', async () => {
  const keeper = keeperForTest()
  const events = [eventOf('run'), eventOf('complete')].map(event => toSpooled(keeper, event, time))
  expect(await keepEvents(keeper, 'queue', events, { withinMs: 60_000 })).toEqual({ kept: 2 })
  expect(await statesIn(keeper.spool)).toEqual(['run', 'complete'])
})

test('an event with an API key in its monitor key is not written', async () => {
  const keeper = keeperForTest()
  const spooled = toSpooled(keeper, eventOf('ok', { monitorKey: 'an-api-key-of-the-test' }), time)
  expect(await keepEvents(keeper, 'queue', [spooled], { withinMs: 60_000 })).toEqual({
    kept: 0,
    problem: 'the monitor key holds an API key, which is not written to disk',
  })
  expect(filesIn(keeper.spool, 'queue')).toEqual([])
})

test('a warning counts what was dropped, even if time is over before all is', async () => {
  const { notices, warnings } = stageOf()
  const keeper = { ...keeperForTest(), notices }
  const spool = { ...keeper.spool, maxBytes: 4096 }
  await putEvents(spool, 'queue', [spooledOf('ok', { occurredAt: Date.now() })])
  const [file = ''] = filesIn(spool, 'queue')
  const [order = '', ...rest] = file.split('-')
  const count = 8000
  for (let index = 1; index < count; index++) {
    const earlier = String(Number(order) - index).padStart(order.length, '0')
    linkSync(join(spool.folder, 'queue', file), join(spool.folder, 'queue', [earlier, ...rest].join('-')))
  }
  const kept = toSpooled(keeper, eventOf('ok'), time)
  const isOver = () => filesIn(spool, 'queue').length < count
  expect(await keepEvents({ ...keeper, spool }, 'queue', [kept], { withinMs: 60_000, isOver })).toEqual({
    kept: 1,
  })
  const dropped = Number(/^(\d+) events? w/.exec(warnings.join())?.[1])
  // One removal may still be under way.
  await expect.poll(() => count + 1 - filesIn(spool, 'queue').length).toBe(dropped)
  expect(dropped).toBeGreaterThan(0)
})

test('a spool that cannot be written is the problem', async () => {
  const keeper = keeperForTest()
  writeFileSync(keeper.spool.folder, '')
  const spooled = toSpooled(keeper, eventOf('ok'), time)
  const { kept, problem } = await keepEvents(keeper, 'queue', [spooled], { withinMs: 60_000 })
  expect(kept).toBe(0)
  expect(problem).toMatch(/^the spool cannot be written: .*spool\)$/)
})

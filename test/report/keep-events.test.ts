import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { keepEvents, toSpooled } from '../../src/report/keep-events.ts'
import type { SpoolKeeper } from '../../src/report/spool-keeper.ts'
import { filesIn, KEY_PRINT, spoolForTest, statesIn } from '../spool/support.ts'
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

test('a spool that cannot be written is the problem', async () => {
  const keeper = keeperForTest()
  writeFileSync(keeper.spool.folder, '')
  const spooled = toSpooled(keeper, eventOf('ok'), time)
  const { kept, problem } = await keepEvents(keeper, 'queue', [spooled], { withinMs: 60_000 })
  expect(kept).toBe(0)
  expect(problem).toMatch(/^the spool cannot be written: .*spool\)$/)
})

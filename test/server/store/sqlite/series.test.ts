import { expect, test } from 'vitest'
import type { ReceivedEvent } from '../../../../src/server/store/event.ts'
import { openDatabase } from '../../../../src/server/store/sqlite/database.ts'
import { createEngine } from '../../../../src/server/store/sqlite/engine.ts'
import { packEvents } from '../../../../src/server/store/sqlite/packed-events.ts'
import { event, NOW } from '../support.ts'

const at = (seconds: number) => NOW + seconds * 1000
const stamp = (seconds: number) => ({ stamp: at(seconds) / 1000 })
const inSeries = (state: ReceivedEvent['state'], seconds: number, rest: Partial<ReceivedEvent> = {}) =>
  event(state, seconds, { series: 'a', ...rest })

test('a series that is used again in the events that a crash has left is applied again with the same result', async () => {
  const db = await openDatabase(':memory:')
  const events = [
    inSeries('run', 0),
    inSeries('complete', 1),
    inSeries('run', 2),
    inSeries('complete', 3),
    inSeries('run', 4),
  ]
  const first = createEngine(db)
  first.record(packEvents(events.slice(0, 1)))
  first.runs({ limit: 1 })
  first.record(packEvents(events.slice(1)))
  // Nothing was written since the first event, and the memory of the first engine is lost.
  const second = createEngine(db)
  second.record(packEvents([inSeries('complete', 5), inSeries('run', 6, stamp(3))]))
  expect(second.runs({ limit: 9 }).map(({ id, state, startedAt }) => [id, state, startedAt])).toEqual([
    [3, 'complete', at(4)],
    [2, 'complete', at(2)],
    [1, 'complete', at(0)],
  ])
  second.close()
})

/** Which of several servers judges lateness, and whether there is a pause when another one takes over. */

import { expect, test } from 'vitest'
import { watchOverdue } from '../../../src/server/monitors/overdue.ts'
import { createDuties, RENEW_MS } from '../../../src/server/store/duties.ts'
import { DUTY_LEASE_MS } from '../../../src/server/store/peers.ts'
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts'
import { fakeDatabase } from '../store/fake-peers.ts'

const TAKE_OVER_MS = DUTY_LEASE_MS + RENEW_MS
const PAUSE_MS = 120_000

function stage() {
  /** The clock of the database, and of the servers that live. */
  const time = fakeClock()
  const database = fakeDatabase(time.now)
  const cursors = new Map<string, number>()
  const judged: string[] = []
  const start = (id: string, clock: FakeClock = time) => {
    const warnings: string[] = []
    const duties = createDuties(database.peer(id), { clock: clock.now, sleep: clock.sleep })
    const duty = duties.run('lateness', async term => {
      const watch = watchOverdue({
        store: {
          judgeHealth: async () => {
            judged.push(id)
            return time.now() + 1000
          },
          repeatBad: async () => undefined,
          countFrom: async () => {},
          cursor: async name => cursors.get(name) ?? 0,
          setCursor: async (name, at) => {
            cursors.set(name, at)
          },
          newest: async () => ({ event: 0 }),
          events: async () => [],
          onStored: () => () => {},
          onWriteProblem: () => () => {},
        },
        clock: clock.now,
        wallClock: time.now,
        sleep: clock.sleep,
        warn: text => warnings.push(text),
        hasPeers: true,
      })
      await term.over
      await watch.close(term.lost.aborted)
    })
    return { close: duty.close, warnings }
  }
  return { time, judged, cursors, start }
}

test('one of them judges', async () => {
  const { time, judged, start } = stage()
  start('a')
  start('b')
  await time.advance(60_000)
  expect(new Set(judged)).toEqual(new Set(['a']))
})

test('when it ends or dies, the other one goes on without a pause', async () => {
  const { time, judged, start } = stage()
  const dying = fakeClock()
  const a = start('a')
  await time.advance(20_000)
  const b = start('b', dying)
  const c = start('c')
  await time.advance(5000)
  await dying.advance(5000)
  await a.close()
  await dying.advance(1)
  await time.advance(1)
  expect(judged.at(-1)).toBe('b')
  // It dies: its clock stands still.
  await time.advance(TAKE_OVER_MS)
  expect(judged.at(-1)).toBe('c')
  expect([...a.warnings, ...b.warnings, ...c.warnings]).toEqual([])
})

test('after a time without any server there is a pause', async () => {
  const { time, judged, start } = stage()
  const a = start('a')
  await time.advance(30_000)
  await a.close()
  await time.advance(60_000)
  judged.length = 0
  const b = start('b')
  await time.advance(PAUSE_MS - 10_000)
  expect(judged).toEqual([])
  expect(b.warnings[0]).toMatch(/^no server was running, or the database was away, for 1 min/)
  await time.advance(60_000)
  expect(judged.length).toBeGreaterThan(0)
})

test('a server that takes over in a pause pauses as well', async () => {
  const { time, judged, cursors, start } = stage()
  // Nobody was there for an hour.
  cursors.set('alive', time.now())
  time.skip(3_600_000)
  const a = start('a')
  const b = start('b')
  await time.advance(30_000)
  await a.close()
  await time.advance(PAUSE_MS - 10_000)
  expect(judged).toEqual([])
  expect(b.warnings).toHaveLength(1)
  await time.advance(60_000)
  expect(new Set(judged)).toEqual(new Set(['b']))
})

test('a server that was stopped for a minute does not hide the pause of the other one', async () => {
  const { time, cursors, start } = stage()
  const stopped = fakeClock()
  start('a', stopped)
  await time.advance(1)
  await stopped.advance(1)
  const before = cursors.get('alive')
  time.skip(60_000)
  start('b')
  await time.advance(1000)
  stopped.skip(60_000)
  await stopped.advance(10_000)
  expect(cursors.get('alive')).toBe(before)
})

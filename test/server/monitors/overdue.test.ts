import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { ALIVE_CURSOR } from '../../../src/server/monitors/last-alive.ts'
import { watchOverdue } from '../../../src/server/monitors/overdue.ts'
import type { News } from '../../../src/server/store/store.ts'
import { type FakeClock, fakeClock, settleMicrotasks } from '../../support/fake-clock.ts'
import { event } from '../store/support.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const MINUTE = 60_000

interface State {
  /** When judgeHealth must be called next; undefined if no monitor can become late. */
  next: number | undefined
  problem: Error | undefined
  /** What the wall clock is ahead, in milliseconds. */
  offset: number
  /** The cursor in the store. */
  alive: number
  /** When repeatBad must be called next. */
  repeatAt?: number
}

interface Watched extends State {
  /** The times that judgeHealth was called with, in milliseconds after NOW. */
  readonly asked: number[]
  /** The times that repeatBad was called with. */
  readonly repeated: number[]
  /** The times that countFrom was called with, likewise. */
  readonly counted: number[]
  readonly warnings: string[]
  readonly aliveAt: number[]
  readonly time: FakeClock
  readonly wall: () => number
  readonly changeHealth: () => Promise<void>
  /** Events with these stamps, in milliseconds after NOW; undefined for an event without one. */
  readonly receive: (...happenedAt: (number | undefined)[]) => Promise<void>
  /** Events cannot be stored, or can again. */
  readonly setWriteProblem: (problem: string | undefined) => Promise<void>
  readonly checkNow: () => void
  readonly isPaused: () => boolean
  readonly close: () => Promise<void>
}

interface Start extends Partial<State> {
  /** When the newest event was received. */
  readonly newestEventAt?: number
  readonly repeatMs?: number
}

async function watched(start: Start = {}): Promise<Watched> {
  const time = fakeClock()
  const began = time.now()
  const listeners = new Set<(news: News) => void>()
  const problemListeners = new Set<(problem: string | undefined) => void>()
  const asked: number[] = []
  const repeated: number[] = []
  const counted: number[] = []
  const warnings: string[] = []
  const aliveAt: number[] = []
  const state: State = { next: undefined, problem: undefined, offset: 0, alive: 0, ...start }
  const wall = () => NOW + time.now() - began + state.offset
  const newest = start.newestEventAt
  const lateness = watchOverdue({
    store: {
      judgeHealth: async now => {
        asked.push(now - NOW)
        if (state.problem !== undefined) throw state.problem
        return state.next
      },
      repeatBad: async now => {
        repeated.push(now - NOW)
        return state.repeatAt
      },
      countFrom: async now => {
        if (state.problem !== undefined) throw state.problem
        counted.push(now - NOW)
      },
      onStored: listener => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      onWriteProblem: listener => {
        problemListeners.add(listener)
        return () => problemListeners.delete(listener)
      },
      cursor: async name => (name === ALIVE_CURSOR ? state.alive : 0),
      setCursor: async (_name, at) => {
        if (state.problem !== undefined) throw state.problem
        aliveAt.push(at - NOW)
        state.alive = at
      },
      newest: async () => ({ event: newest === undefined ? 0 : 7 }),
      events: async ({ after }) => (after === 6 && newest !== undefined ? [{ receivedAt: newest }] : []),
    },
    clock: time.now,
    wallClock: wall,
    sleep: time.sleep,
    warn: problem => warnings.push(problem),
    repeatMs: start.repeatMs,
  })
  onTestFinished(() => lateness.close())
  await settleMicrotasks()
  const publish = async (news: Partial<News>) => {
    for (const listener of listeners) listener({ events: [], healthChanged: false, ...news })
    await settleMicrotasks()
  }
  return Object.assign(state, {
    asked,
    repeated,
    counted,
    warnings,
    aliveAt,
    time,
    wall,
    setWriteProblem: async (problem: string | undefined) => {
      for (const listener of problemListeners) listener(problem)
      await settleMicrotasks()
    },
    changeHealth: () => publish({ healthChanged: true }),
    receive: (...happenedAt: (number | undefined)[]) =>
      publish({
        events: happenedAt.map((at, index) => ({
          ...event('complete', 0, at === undefined ? {} : { stamp: (NOW + at) / 1000 }),
          id: index + 1,
        })),
      }),
    ...lateness,
  })
}

/** The machine is suspended: the monotonic clock stops. */
function suspend(watch: Watched, ms: number): void {
  watch.offset += ms
}

test('the store is checked at once, and again at the time that it gives', async () => {
  const watch = await watched({ next: NOW + 25_000 })
  expect(watch.asked).toEqual([0])
  watch.next = NOW + 40_000
  await watch.time.advance(24_999)
  expect(watch.asked).toEqual([0])
  await watch.time.advance(1)
  expect(watch.asked).toEqual([0, 25_000])
  await watch.time.advance(15_000)
  expect(watch.asked).toEqual([0, 25_000, 40_000])
})

test('the store is checked each minute, since the first event in a new environment sets a deadline', async () => {
  const watch = await watched()
  await watch.time.advance(3 * MINUTE)
  expect(watch.asked).toEqual([0, MINUTE, 2 * MINUTE, 3 * MINUTE])
})

test('a time in the past causes no loop without a pause', async () => {
  const watch = await watched({ next: NOW - 5000 })
  expect(watch.asked).toHaveLength(1)
  await watch.time.advance(5)
  expect(watch.asked.length).toBeLessThanOrEqual(6)
})

test('a change of health or of expectations causes a check at once', async () => {
  const watch = await watched()
  await watch.time.advance(1000)
  await watch.receive(undefined)
  expect(watch.asked).toEqual([0])
  await watch.changeHealth()
  expect(watch.asked).toEqual([0, 1000])
  watch.checkNow()
  await settleMicrotasks()
  expect(watch.asked).toEqual([0, 1000, 1000])
})

test('a failing store causes one warning, and is checked again', async () => {
  const watch = await watched({ next: NOW + 1000, problem: new Error('disk I/O error') })
  await watch.time.advance(30_000)
  expect(watch.warnings).toEqual(['cannot check for late monitors: disk I/O error'])
  expect(watch.asked).toEqual([0, 10_000, 20_000, 30_000])
  watch.problem = undefined
  watch.next = NOW + 45_000
  await watch.time.advance(15_000)
  expect(watch.asked.slice(4)).toEqual([40_000, 45_000])
})

test('after close() the store is not checked again', async () => {
  const watch = await watched({ next: NOW + 1000 })
  await watch.close()
  await watch.changeHealth()
  await watch.time.advance(5000)
  expect(watch.asked).toEqual([0])
  expect(watch.time.sleepers()).toBe(0)
})

test('the time is written to the store every ten seconds and at the end, not with each event', async () => {
  const watch = await watched()
  for (let turn = 0; turn < 25; turn += 1) {
    await watch.changeHealth()
    await watch.time.advance(1000)
  }
  expect(watch.aliveAt).toEqual([0, 10_000, 20_000])
  await watch.close()
  expect(watch.aliveAt).toEqual([0, 10_000, 20_000, 25_000])
})

test('a disk that cannot be written changes nothing but the time in the store', async () => {
  const watch = await watched({ next: NOW + 15_000 })
  const readOnly = new Error('attempt to write a readonly database')
  watch.problem = readOnly
  await watch.time.advance(14_000)
  watch.problem = undefined
  await watch.time.advance(1000)
  expect(watch.asked).toEqual([0, 15_000])
  watch.problem = readOnly
  await watch.close()
  expect(watch.warnings).toEqual([])
})

test.each([
  ['there was no server before', {}],
  ['the last server ran 29 seconds ago', { alive: NOW - 29_999 }],
  ['the clock was set back by less than 30 seconds', { alive: NOW + 29_999 }],
  ['the database is from an older version, and its last event is recent', { newestEventAt: NOW - 29_999 }],
])('lateness is judged from the start if %s', async (_, start) => {
  const watch = await watched(start)
  expect(watch.asked).toEqual([0])
  expect(watch.isPaused()).toBe(false)
  expect(watch.warnings).toEqual([])
})

test.each([
  ['no server ran for 30 seconds', { alive: NOW - 30_000 }, 'was not running for 30 s'],
  ['no server ran for four minutes', { alive: NOW - 4 * MINUTE }, 'was not running for 4 min'],
  [
    'the clock was set back, so that nobody knows for how long no server ran',
    { alive: NOW + 3_600_000 },
    'the clock was set back by 1 h or more',
  ],
  [
    'the database is from an older version, and its last event is not recent',
    { newestEventAt: NOW - 4 * MINUTE, alive: 0 },
    'was not running for 4 min',
  ],
])('if %s, no monitor becomes late for two minutes', async (_, start, text) => {
  const watch = await watched({ ...start, next: NOW })
  expect(watch.isPaused()).toBe(true)
  await watch.changeHealth()
  watch.checkNow()
  await watch.time.advance(2 * MINUTE - 1)
  expect(watch.asked).toEqual([])
  expect(watch.isPaused()).toBe(true)
  watch.next = undefined
  await watch.time.advance(1)
  expect(watch.asked).toEqual([2 * MINUTE])
  expect(watch.isPaused()).toBe(false)
  expect(watch.warnings).toEqual([
    `${text}; no monitor becomes late or overrunning until delayed events have arrived, in 2 to 20 minutes`,
    'monitors can become late or overrunning again, after 2 min',
  ])
})

test('delayed events extend the pause until a minute has passed without one', async () => {
  const watch = await watched({ alive: NOW - 10 * MINUTE })
  await watch.time.advance(90_000)
  await watch.receive(undefined, -5 * MINUTE)
  await watch.time.advance(50_000)
  await watch.receive(-1)
  await watch.time.advance(MINUTE - 1)
  expect(watch.asked).toEqual([])
  await watch.time.advance(1)
  expect(watch.asked).toEqual([200_000])
})

test('events that happened after the start do not extend the pause', async () => {
  const watch = await watched({ alive: NOW - 10 * MINUTE })
  await watch.time.advance(100_000)
  await watch.receive(undefined, 0, 90_000)
  await watch.time.advance(20_000)
  expect(watch.asked).toEqual([2 * MINUTE])
})

test('a sender whose events are delayed for ever does not extend the pause beyond 20 minutes', async () => {
  const watch = await watched({ alive: NOW - 10 * MINUTE })
  for (let minutes = 0; minutes < 40; minutes += 1) {
    await watch.receive(-86_400_000)
    await watch.time.advance(MINUTE / 2)
  }
  expect(watch.asked).toEqual([20 * MINUTE])
})

test('a server that ends in the pause leaves the time of the last one, for the next start', async () => {
  const watch = await watched({ alive: NOW - 10 * MINUTE })
  await watch.time.advance(MINUTE)
  await watch.close()
  expect(watch.alive).toBe(NOW - 10 * MINUTE)
})

test('after a suspended machine, or a clock that is set forward, there is the same pause', async () => {
  const watch = await watched({ next: NOW + MINUTE })
  await watch.time.advance(1000)
  suspend(watch, 4 * MINUTE)
  // What wakes the server first is an event.
  await watch.changeHealth()
  expect(watch.asked).toEqual([0])
  expect(watch.isPaused()).toBe(true)
  watch.next = undefined
  await watch.time.advance(2 * MINUTE)
  expect(watch.asked).toEqual([0, 4 * MINUTE + 1000 + 2 * MINUTE])
  expect(watch.warnings[0]).toContain('was suspended for 4 min, or the clock was set forward')
  expect(watch.counted).toEqual([4 * MINUTE + 1000])
})

test('a step forward of a minute, or backward, leaves the times that rules count from', async () => {
  const watch = await watched()
  suspend(watch, MINUTE)
  await watch.changeHealth()
  suspend(watch, -60 * MINUTE)
  await watch.changeHealth()
  expect(watch.counted).toEqual([])
})

test('a step forward while the disk cannot be written is told to the store later, before monitors are judged', async () => {
  const watch = await watched()
  suspend(watch, 90 * MINUTE)
  watch.problem = new Error('disk I/O error')
  await watch.changeHealth()
  await watch.time.advance(10 * MINUTE)
  expect(watch.counted).toEqual([])
  expect(watch.asked).toEqual([0])
  watch.problem = undefined
  await watch.time.advance(10_000)
  expect(watch.counted).toEqual([100 * MINUTE + 10_000])
  expect(watch.asked).toEqual([0, 100 * MINUTE + 10_000])
})

test('after a stopped process there is the same pause', async () => {
  const watch = await watched({ next: NOW + MINUTE })
  watch.time.skip(4 * MINUTE)
  await watch.changeHealth()
  expect(watch.asked).toEqual([0])
  expect(watch.warnings[0]).toContain('was stopped for up to 4 min')
  await watch.receive(3 * MINUTE)
  watch.next = undefined
  await watch.time.advance(2 * MINUTE)
  expect(watch.asked).toEqual([0, 6 * MINUTE])
})

test('while events cannot be stored no monitor becomes late, and after that there is the same pause', async () => {
  const watch = await watched({ next: NOW + MINUTE })
  await watch.setWriteProblem('database or disk is full')
  expect(watch.isPaused()).toBe(true)
  await watch.changeHealth()
  await watch.time.advance(60 * MINUTE)
  expect(watch.asked).toEqual([0])
  expect(watch.aliveAt).toEqual([0])
  await watch.setWriteProblem(undefined)
  await watch.receive(MINUTE)
  watch.next = undefined
  await watch.time.advance(2 * MINUTE)
  expect(watch.asked).toEqual([0, 62 * MINUTE])
  expect(watch.isPaused()).toBe(false)
  expect(watch.warnings[0]).toContain('could not store events for 1 h')
})

test('if events could not be stored for a short time, monitors are checked at once', async () => {
  const watch = await watched()
  await watch.setWriteProblem('database is locked')
  await watch.time.advance(20_000)
  await watch.setWriteProblem(undefined)
  await watch.time.advance(10_000)
  expect(watch.asked).toEqual([0, 30_000])
  expect(watch.warnings).toEqual([])
})

test('a stop of less than 30 seconds causes no pause', async () => {
  const watch = await watched({ next: NOW + 15_000 })
  suspend(watch, 29_999)
  await watch.changeHealth()
  watch.time.skip(20_000)
  await watch.changeHealth()
  expect(watch.isPaused()).toBe(false)
  expect(watch.asked).toHaveLength(3)
})

test('a process that is stopped in the pause has a whole pause after that', async () => {
  const watch = await watched({ alive: NOW - 10 * MINUTE })
  await watch.time.advance(MINUTE)
  watch.time.skip(60 * MINUTE)
  await watch.changeHealth()
  await watch.time.advance(2 * MINUTE - 1)
  expect(watch.asked).toEqual([])
  await watch.time.advance(1)
  expect(watch.asked).toEqual([63 * MINUTE])
})

const happening = fc.oneof(
  fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 5 * MINUTE }) }),
  fc.record({ do: fc.constant('suspend' as const), ms: fc.integer({ min: -90 * MINUTE, max: 90 * MINUTE }) }),
  fc.record({ do: fc.constant('delayed event' as const), ms: fc.integer({ min: 0, max: 60 * MINUTE }) }),
)

test('whatever the clock does, no monitor is checked right after it, and lateness is judged every 20 minutes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async happenings => {
      const watch = await watched()
      let pausedSince: number | undefined
      let changedAt = Number.NEGATIVE_INFINITY
      for (const each of happenings) {
        if (each.do === 'delayed event') await watch.receive(watch.wall() - NOW - each.ms)
        else if (each.do === 'suspend') {
          suspend(watch, each.ms)
          const before = watch.asked.length
          await watch.changeHealth()
          if (Math.abs(each.ms) < 30_000) continue
          changedAt = watch.time.now()
          pausedSince ??= changedAt
          if (changedAt - pausedSince < 20 * MINUTE) expect(watch.asked).toHaveLength(before)
        } else {
          // In small parts, so that each check is seen at its time.
          for (let rest = each.ms; rest > 0; rest -= 5000) {
            const before = watch.asked.length
            await watch.time.advance(Math.min(rest, 5000))
            const isJudged = watch.asked.length > before
            const now = watch.time.now()
            if (isJudged && pausedSince !== undefined) {
              expect(
                Math.max(now - changedAt - 2 * MINUTE, now - pausedSince - 20 * MINUTE),
              ).toBeGreaterThanOrEqual(0)
            }
            if (isJudged) pausedSince = undefined
            expect(now - (pausedSince ?? now)).toBeLessThan(20 * MINUTE + 10_000)
          }
        }
      }
      await watch.close()
    }),
    { numRuns: 50 },
  )
})

test('a clock that is set back causes a pause, after which all monitors are checked', async () => {
  const watch = await watched({ next: NOW + 3_600_000 })
  suspend(watch, -3_600_000)
  await watch.time.advance(10_000)
  expect(watch.warnings[0]).toContain('the clock was set back by 1 h')
  await watch.time.advance(2 * MINUTE)
  expect(watch.asked).toEqual([0, -3_600_000 + 10_000 + 2 * MINUTE])
})

test('a clock that is set forward and back again and again silences lateness for no more than 20 minutes', async () => {
  const watch = await watched({ next: NOW })
  watch.asked.length = 0
  for (let minutes = 0; minutes < 21; minutes += 1) {
    suspend(watch, minutes % 2 === 0 ? 45_000 : -45_000)
    await watch.time.advance(MINUTE)
  }
  expect(watch.asked.length).toBeGreaterThan(0)
})

test('a server that is told to end when it continues leaves the time before the stop', async () => {
  const watch = await watched()
  await watch.time.advance(20_000)
  watch.time.skip(10 * MINUTE)
  await watch.close()
  expect(watch.alive).toBe(NOW + 20_000)
})

test('what stays bad is repeated at the time that the store gives', async () => {
  const watch = await watched({ repeatMs: 60 * MINUTE, repeatAt: NOW + 25_000 })
  expect(watch.repeated).toEqual([0])
  watch.repeatAt = NOW + 60 * MINUTE
  await watch.time.advance(30_000)
  expect(watch.repeated).toEqual([0, 25_000])
})

test('nothing is repeated unless that is wanted, nor during a pause', async () => {
  const never = await watched({ repeatAt: NOW + 1000 })
  await never.time.advance(30_000)
  expect(never.repeated).toEqual([])

  // The last server ran an hour ago.
  const paused = await watched({ repeatMs: MINUTE, repeatAt: NOW, alive: NOW - 60 * MINUTE })
  await paused.time.advance(MINUTE)
  expect(paused.repeated).toEqual([])
  await paused.time.advance(2 * MINUTE)
  expect(paused.repeated.length).toBeGreaterThan(0)
})

/** Each kind of rule, while the server runs, is restarted, or has a clock that is set: each change is told once. */

import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { watchOverdue } from '../../../src/server/monitors/overdue.ts'
import type { Rule } from '../../../src/server/monitors/rule.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { testStore } from '../store/support.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Minutes after the start, and what happens then. */
type Story = readonly (readonly [minute: number, does: 'start' | 'complete' | 'fail'])[]

interface RuleCase {
  readonly rule: Rule
  /** In the environment `prod`. */
  readonly bad: Story
  readonly good: Story
  readonly told: readonly string[]
  /** What is told if the clock is set by hours at minute 35. */
  readonly toldByNewClock?: readonly string[]
}

/** At 01:00 by the clock in Berlin, unless a case says something else. */
const RULES: Record<string, RuleCase> = {
  'every 1h grace 15m': {
    rule: { schedule: { kind: 'every', everyMs: HOUR }, graceMs: 15 * MINUTE },
    bad: [
      [1, 'complete'],
      [100, 'complete'],
    ],
    good: [
      [1, 'complete'],
      [30, 'complete'],
      [74, 'complete'],
      [148, 'complete'],
    ],
    told: ['healthy → late', 'late → healthy'],
    // It counts from minute 35 on.
    toldByNewClock: [],
  },
  'cron 0 2 * * * grace 15m': {
    rule: {
      schedule: { kind: 'cron', expression: '0 2 * * *', zone: 'Europe/Berlin' },
      graceMs: 15 * MINUTE,
    },
    bad: [
      [1, 'complete'],
      [100, 'start'],
      [101, 'complete'],
    ],
    good: [
      [1, 'complete'],
      [74, 'start'],
      [80, 'complete'],
    ],
    told: ['healthy → late', 'late → healthy'],
    toldByNewClock: [],
  },
  'max 30m': {
    rule: { maxMs: 30 * MINUTE },
    bad: [
      [1, 'complete'],
      [10, 'start'],
      [60, 'complete'],
    ],
    good: [
      [1, 'start'],
      [30, 'complete'],
      [33, 'start'],
      [60, 'complete'],
    ],
    told: ['healthy → overrunning', 'overrunning → healthy'],
    toldByNewClock: [],
  },
  'failures 2': {
    rule: { failures: 2 },
    bad: [
      [1, 'complete'],
      [10, 'fail'],
      [58, 'fail'],
      [59, 'fail'],
      [70, 'complete'],
    ],
    good: [
      [10, 'fail'],
      [20, 'complete'],
      [58, 'fail'],
      [70, 'complete'],
    ],
    told: ['healthy → failing', 'failing → healthy'],
  },
  'recover 2': {
    rule: { recover: 2 },
    bad: [
      [10, 'fail'],
      [20, 'complete'],
      [30, 'fail'],
      [58, 'complete'],
      [70, 'complete'],
      [71, 'complete'],
    ],
    good: [
      [10, 'complete'],
      [70, 'complete'],
    ],
    told: ['unknown → failing', 'failing → healthy'],
  },
}

/** What happens at minute 35. */
interface Disturbance {
  readonly startAt?: number
  readonly downMinutes?: number
  readonly clockBy?: number
}

const DISTURBANCES: Record<string, Disturbance> = {
  'the server runs': {},
  'the server is restarted': { downMinutes: 0 },
  'the server is down for 20 minutes': { downMinutes: 20 },
  'the clock is set forward by 3 hours, or the machine was suspended': { clockBy: 3 * HOUR },
  'the clock is set back by 3 hours': { clockBy: -3 * HOUR },
  // There is no 02:00: cron starts the job at 03:00, an hour after 01:00.
  'summer time begins': { startAt: Date.UTC(2026, 2, 29, 0) },
  // 02:00 comes twice: cron starts the job once.
  'summer time ends': { startAt: Date.UTC(2026, 9, 24, 23) },
}

const ordinaryDay = Date.UTC(2026, 5, 10, 23)

async function tell(rule: Rule, stories: Record<string, Story>, disturbance: Disturbance) {
  const { startAt = ordinaryDay, downMinutes, clockBy = 0 } = disturbance
  const time = fakeClock()
  const began = time.now()
  let offset = 0
  const wallClock = () => startAt + time.now() - began + offset
  const store = await testStore({ clock: wallClock })
  const watch = () => watchOverdue({ store, clock: time.now, wallClock, sleep: time.sleep, warn: () => {} })
  await store.expect([{ monitorKey: 'job*', rule }])
  let watching = watch()
  onTestFinished(() => watching.close())
  /** Of each environment, the events that the sender still has. */
  const waiting: (() => Promise<unknown>)[] = []
  let isUp = true
  const send = async (env: string, minute: number, does: Story[number][1], story: Story) => {
    const runs = story.filter(([at, what]) => at <= minute && what !== 'start').length
    const state = does === 'start' ? ('run' as const) : does
    const series = `${env} ${does === 'start' ? runs + 1 : runs}`
    const event = { monitorKey: 'job', env, state, series, metrics: [] }
    const stamp = wallClock() / 1000
    if (isUp) await store.record({ ...event, receivedAt: wallClock() })
    else waiting.push(() => store.record({ ...event, receivedAt: wallClock(), stamp }))
  }
  for (let minute = 0; minute < 150; minute += 1) {
    if (minute === 35) {
      offset += clockBy
      if (downMinutes !== undefined) {
        await watching.close()
        isUp = false
      }
    }
    if (minute === 35 + (downMinutes ?? Number.NaN)) {
      await store.expect([{ monitorKey: 'job*', rule }])
      watching = watch()
      isUp = true
      for (const deliver of waiting.splice(0)) await deliver()
    }
    for (const [env, story] of Object.entries(stories)) {
      for (const [at, does] of story) if (at === minute) await send(env, minute, does, story)
    }
    // The store answers in a turn of the event loop.
    for (let seconds = 0; seconds < 60; seconds += 20) {
      await setImmediate()
      await time.advance(20_000)
    }
  }
  const changes = await store.changes({ after: 0, limit: 100 })
  return changes.map(({ env, from, to }) => `${env}: ${from} → ${to}`)
}

describe.each(Object.entries(RULES))('%s', (_name, { rule, bad, good, told, toldByNewClock = told }) => {
  describe.each(Object.entries(DISTURBANCES))('%s', (_what, disturbance) => {
    const changes = disturbance.clockBy === undefined ? told : toldByNewClock
    test('of a job that keeps the rule nothing is told, of one that does not each change once', async () => {
      expect(await tell(rule, { prod: bad }, disturbance)).toEqual(changes.map(each => `prod: ${each}`))
      expect(await tell(rule, { prod: bad, test: good }, disturbance)).toEqual(
        changes.map(each => `prod: ${each}`),
      )
    })
  })
})

test('a run that took too long and ended while the server was down is not told', async () => {
  const { rule, bad } = RULES['max 30m'] as RuleCase
  expect(await tell(rule, { prod: bad }, { downMinutes: 30 })).toEqual([])
})

test('a scheduled time that was missed while the server was down is told after the pause', async () => {
  const { rule, bad } = RULES['cron 0 2 * * * grace 15m'] as RuleCase
  expect(await tell(rule, { prod: bad }, { downMinutes: 60 })).toEqual([
    'prod: healthy → late',
    'prod: late → healthy',
  ])
})

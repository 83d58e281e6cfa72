/** The health of monitors beside a naive judgement of every minute, over two years with changes of the clock for summer. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  afterEnd,
  afterExpecting,
  afterStart,
  afterWaiting,
  countsStarts,
  type HealthState,
} from '../../../src/server/monitors/health.ts'
import type { Rule } from '../../../src/server/monitors/rule.ts'
import { openDatabase } from '../../../src/server/store/sqlite/database.ts'
import { createEngine, type Engine } from '../../../src/server/store/sqlite/engine.ts'
import { packEvents } from '../../../src/server/store/sqlite/packed-events.ts'
import { naiveJudgement, type Situation, type Told } from './naive-judgement.ts'
import { type Case, FROM, simulate } from './simulated-years.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Each case takes half a second of a processor, more if it fails and is shortened. After a change of the rules: TEST_RUNS=200. */
const TIMEOUT_MS = 600_000
/** In Bun a case takes four times as long, and only its time zones could be others. */
const isBun = process.versions.bun !== undefined

const optionalMs = (...minutes: number[]) =>
  fc.option(fc.constantFrom(...minutes.map(each => each * MINUTE)), { nil: undefined })

const aSchedule = fc.oneof(
  fc.record({
    kind: fc.constant('cron' as const),
    // In the hours at which clocks are changed, too.
    expression: fc.constantFrom(
      '30 2 * * *',
      '0 2 * * *',
      '15 1-3 * * *',
      '*/20 2 * 3,4,10,11 *',
      '59 23 * * *',
      '0 */6 * * *',
      '5 4 * * 1-5',
      '0 3 1,15 * *',
      '@weekly',
    ),
    zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC'),
  }),
  fc.record({
    kind: fc.constant('every' as const),
    everyMs: fc.constantFrom(6 * HOUR, 25 * HOUR, 8 * 24 * HOUR),
  }),
)

const aRule = (...maxMinutes: number[]): fc.Arbitrary<Rule> =>
  fc
    .record({
      schedule: fc.option(aSchedule, { nil: undefined, freq: 10 }),
      graceMs: optionalMs(0, 1, 15, 90),
      maxMs: optionalMs(...maxMinutes),
      failures: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      recover: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    })
    .map(rule => JSON.parse(JSON.stringify(rule)) as Rule)

const aCase = (...maxMinutes: number[]): fc.Arbitrary<Case> =>
  fc.record({ rule: aRule(...maxMinutes), seed: fc.nat(), outages: fc.integer({ min: 0, max: 30 }) })

const NEW: HealthState = {
  outcome: 'unknown',
  outcomeAt: null,
  inARow: 0,
  isLate: false,
  isOverrunning: false,
  since: null,
  lastSuccessAt: null,
  lastFailureAt: null,
  lastStartAt: null,
  rule: null,
  expectSince: null,
}

/** The functions of health.ts, called in every minute. */
function pureJudgement({ rule, since, until, events, isJudged }: Situation): Told[] {
  const told: Told[] = []
  let state = NEW
  const take = (step: ReturnType<typeof afterEnd>) => {
    state = step.state
    if (step.change !== undefined) told.push(step.change)
  }
  const starts = new Map<string, number>()
  const open = new Map<string, number>()
  let lastEndedStart = 0
  const runningSince = () => {
    if (open.size === 0) return undefined
    for (const [series, start] of open) if (start < lastEndedStart) open.delete(series)
    return open.size === 0 ? undefined : Math.min(...open.values())
  }
  take(afterExpecting(state, rule, since))
  let place = 0
  for (let now = since; now <= until; now += MINUTE) {
    for (let event = events[place]; event !== undefined && event.receivedAt < now; event = events[place]) {
      place += 1
      const { state: kind, series, happenedAt: at } = event
      if (kind === 'run') {
        starts.set(series, at)
        open.set(series, at)
        if (countsStarts(state)) take(afterStart(state, at, event.receivedAt))
        continue
      }
      const startedAt = starts.get(series)
      open.delete(series)
      if (kind !== 'ok') lastEndedStart = Math.max(lastEndedStart, startedAt ?? at)
      const outcome = kind === 'fail' ? 'failing' : 'healthy'
      take(afterEnd(state, { outcome, at, startedAt, runningSince: runningSince() }, event.receivedAt))
    }
    if (isJudged(now)) take(afterWaiting(state, now, runningSince()))
  }
  return told
}

function readable(told: readonly Told[]): string[] {
  return told.map(({ from, to, at }) => `${new Date(at).toISOString()} ${from} → ${to}`)
}

test(
  'each change is told once, at its time: the functions of health.ts',
  () => {
    fc.assert(
      fc.property(aCase(1, 30, 120), each => {
        const [situation] = simulate(each, ['prod'])
        if (situation === undefined) throw new Error('no situation')
        expect(readable(pureJudgement(situation))).toEqual(readable(naiveJudgement(situation)))
      }),
      { numRuns: Number(process.env.TEST_RUNS || (isBun ? 2 : 6)) },
    )
  },
  TIMEOUT_MS,
)

type SimulatedEnv = ReturnType<typeof simulate>[number]

/** Drives the store as overdue.ts does, but for the look in every minute: `nextAt` must be early enough. */
async function storeJudgement(envs: readonly SimulatedEnv[], { rule, seed }: Case): Promise<Engine> {
  const db = await openDatabase(':memory:')
  let engine = createEngine(db)
  const expectations = [{ monitorKey: 'j*', rule }]
  engine.expect(expectations, FROM)
  const events = envs
    .flatMap(({ env, events: own }) => own.map(event => ({ ...event, env })))
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
  const [{ isJudged, isUp, until }] = envs as [SimulatedEnv]
  let place = 0
  let nextAt = FROM
  let calls = 0
  const judgeHealth = (now: number) => {
    nextAt = engine.judgeHealth(now).nextAt ?? Number.POSITIVE_INFINITY
  }
  for (let now = FROM; now <= until; now += MINUTE) {
    const group: Parameters<typeof packEvents>[0][number][] = []
    for (let event = events[place]; event !== undefined && event.receivedAt < now; event = events[place]) {
      place += 1
      const { series, env, happenedAt, state, receivedAt } = event
      const isDelayed = receivedAt - happenedAt > 2
      group.push({
        monitorKey: 'job',
        env,
        state,
        receivedAt: isDelayed ? receivedAt : happenedAt,
        ...(isDelayed && { stamp: happenedAt / 1000 }),
        ...(state !== 'ok' && { series }),
        metrics: [],
      })
    }
    if (group.length > 0) {
      engine.record(packEvents(group))
      nextAt = Math.min(nextAt, now)
    }
    if (!isUp(now)) {
      // A server that was killed, and one that takes its place.
      if (isUp(now - MINUTE)) {
        engine = createEngine(db)
        engine.expect(expectations, now)
        nextAt = now
      }
      continue
    }
    if (now < nextAt || !isJudged(now)) continue
    calls += 1
    // Nothing is told twice.
    if (calls % 100 === seed % 100) judgeHealth(now)
    judgeHealth(now)
  }
  return engine
}

test(
  'each change is told once, at its time: the store, with two environments and restarts',
  async () => {
    await fc.assert(
      // A shorter `max` is judged more often, which takes long in two years.
      fc.asyncProperty(aCase(120, 360), async each => {
        const envs = simulate(each, ['prod', 'test'])
        const engine = await storeJudgement(envs, each)
        const changes = engine.changes({ after: 0, limit: 1_000_000 })
        for (const situation of envs) {
          const told = changes.filter(({ env }) => env === situation.env)
          // A monitor is created by its first event, and the rule counts from then on.
          const since = Math.min(...situation.events.map(({ receivedAt }) => receivedAt))
          expect(readable(told)).toEqual(readable(naiveJudgement({ ...situation, since })))
        }
        engine.close()
      }),
      { numRuns: Number(process.env.TEST_RUNS || (isBun ? 1 : 3)) },
    )
  },
  TIMEOUT_MS,
)

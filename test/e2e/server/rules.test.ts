/** What `cronitor serve` reports by each rule: once, whatever happens to the server and to its clock meanwhile. */

import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { State } from '../../../src/telemetry/event.ts'
import { type Simulation, type SimulationOptions, simulateServer } from '../../support/simulated-server.ts'
import { tempDir } from '../../support/temp.ts'

/** Minutes after the start, which is midnight in Berlin. */
type Script = readonly (readonly [minute: number, state: State])[]

interface RuleCase {
  readonly rule: string
  /** What happens in production, besides a success at the start. */
  readonly script: Script
  /** Between these minutes the bad time begins in each situation. */
  readonly before: number
  /** It is bad then. */
  readonly during: number
  readonly told: readonly string[]
  /** What staging does every ten minutes, so that nothing must be told. */
  readonly staging: (turn: number) => State
}

const RULES: readonly RuleCase[] = [
  {
    rule: 'every 1h grace 10m',
    script: [
      [140, 'complete'],
      [200, 'complete'],
    ],
    before: 68,
    during: 90,
    told: ['healthy → late', 'late → healthy'],
    staging: () => 'complete',
  },
  {
    rule: 'cron "30 2 * * *" tz Europe/Berlin grace 15m',
    script: [
      [190, 'run'],
      [195, 'complete'],
    ],
    before: 118,
    during: 175,
    told: ['healthy → late', 'late → healthy'],
    staging: turn => (turn % 2 === 0 ? 'run' : 'complete'),
  },
  {
    rule: 'max 30m',
    script: [
      [5, 'run'],
      [140, 'complete'],
    ],
    before: 33,
    during: 90,
    told: ['healthy → overrunning', 'overrunning → healthy'],
    staging: turn => (turn % 2 === 0 ? 'run' : 'complete'),
  },
  {
    rule: 'failures 2',
    script: [
      [10, 'fail'],
      [40, 'fail'],
      [60, 'fail'],
      [140, 'complete'],
    ],
    before: 20,
    during: 90,
    told: ['healthy → failing', 'failing → healthy'],
    staging: turn => (turn % 2 === 0 ? 'fail' : 'complete'),
  },
  {
    rule: 'recover 2',
    script: [
      [10, 'fail'],
      [40, 'complete'],
      [140, 'complete'],
    ],
    before: 7,
    during: 90,
    told: ['healthy → failing', 'failing → healthy'],
    staging: () => 'complete',
  },
]

type Situation = (simulation: Simulation) => unknown

interface SituationCase {
  readonly name: string
  readonly at?: 'before' | 'during'
  readonly happens?: Situation
  /** The day whose midnight in Berlin is the start. Default: 24 November 2026. */
  readonly startsAt?: number
}

const MIDNIGHT = Date.UTC(2026, 10, 23, 23)
/** The clocks change at 02:00 and 03:00 of these days. */
const SPRING = Date.UTC(2026, 2, 28, 23)
const AUTUMN = Date.UTC(2026, 9, 24, 22)

const restart: Situation = simulation => simulation.restart(5)

const SITUATIONS: readonly SituationCase[] = [
  { name: 'the server is up' },
  { name: 'the server is away when the bad time begins', at: 'before', happens: restart },
  { name: 'the server is restarted in the bad time', at: 'during', happens: restart },
  { name: 'the clock is set forward before it', at: 'before', happens: ({ setClock }) => setClock(30) },
  { name: 'the clock is set forward in it', at: 'during', happens: ({ setClock }) => setClock(30) },
  { name: 'the clock is set back in it', at: 'during', happens: ({ setClock }) => setClock(-30) },
  { name: 'summer time begins', startsAt: SPRING },
  { name: 'summer time ends', startsAt: AUTUMN },
]

const LAST_MINUTE = 250

/** In memory unless the server is restarted, because writing to a disk takes most of the time. */
async function simulate(options: Omit<SimulationOptions, 'file'>, restarts: boolean): Promise<Simulation> {
  const file = restarts ? join(tempDir('rules'), 'db') : ':memory:'
  const simulation = await simulateServer({ file, ...options })
  onTestFinished(simulation.close)
  return simulation
}

async function play(each: RuleCase, situation: SituationCase, envs: readonly string[]): Promise<Simulation> {
  const { name: _, at, happens = () => {}, startsAt = MIDNIGHT } = situation
  const simulation = await simulate({ rules: `job=${each.rule}\n`, startsAt }, happens === restart)
  const [production = '', staging] = envs
  const inEnv = (env: string) => (env === '' ? {} : { env })
  const steps: { minute: number; step: () => unknown }[] = [
    { minute: 1, step: () => simulation.send(inEnv(production)) },
    ...each.script.map(([minute, state]) => ({
      minute,
      step: () => simulation.send({ state, ...inEnv(production) }),
    })),
    ...(at === undefined ? [] : [{ minute: each[at], step: () => happens(simulation) }]),
  ]
  if (staging !== undefined) {
    for (let turn = 0; turn < 25; turn += 1) {
      const step = () => simulation.send({ state: each.staging(turn), ...inEnv(staging) })
      steps.push({ minute: 4 + 10 * turn, step })
    }
  }
  for (const { minute, step } of steps.toSorted((a, b) => a.minute - b.minute)) {
    await simulation.runTo(minute)
    await step()
  }
  await simulation.runTo(LAST_MINUTE)
  return simulation
}

describe.each(RULES)('$rule', each => {
  describe.each(SITUATIONS)('$name', situation => {
    test.each([[['']], [['production', 'staging']]])('environments %j: told once', async envs => {
      const { told } = await play(each, situation, envs)
      const [env = ''] = envs
      expect(told.map(({ from, to }) => `${from} → ${to}`)).toEqual(each.told)
      expect(new Set(told.map(change => change.env ?? ''))).toEqual(new Set([env]))
    })
  })
})

test('cron in Berlin: the time that a clock skips is due after it, and one that comes twice is due once', async () => {
  const rules = 'job=cron "30 2 * * *" tz Europe/Berlin grace 15m\n'
  const reasons = []
  for (const startsAt of [MIDNIGHT, SPRING, AUTUMN]) {
    const simulation = await simulate({ rules, startsAt }, false)
    await simulation.runTo(24 * 60 - 90)
    reasons.push(simulation.told.map(({ reason }) => reason))
  }
  expect(reasons).toEqual([
    ['was due at 02:30 Europe/Berlin, nothing has started by 02:45'],
    ['was due at 03:00 Europe/Berlin, nothing has started by 03:15'],
    ['was due at 02:30 Europe/Berlin, nothing has started by 02:45'],
  ])
})

describe('--notify-again 1h', () => {
  const rules = 'job=failures 2\n'
  const send = async ({ send }: Simulation) => {
    await send({ state: 'fail', message: 'no space left' })
    await send({ state: 'fail', message: 'no space left' })
  }
  const texts = ({ told }: Simulation) => told.map(({ again, text }) => `${again}: ${text}`)

  test('what stays bad is told again after each hour, until it ends', async () => {
    const simulation = await simulate({ rules, startsAt: MIDNIGHT, repeatMs: 3_600_000 }, false)
    await simulation.runTo(5)
    await send(simulation)
    await simulation.runTo(130)
    await simulation.send({})
    await simulation.runTo(LAST_MINUTE)
    expect(texts(simulation)).toEqual([
      'false: job is failing: 2 failures in a row: no space left',
      'true: job is still failing after 1 h: no space left',
      'true: job is still failing after 2 h: no space left',
      'false: job is healthy again',
    ])
  })

  test('a time at which no server runs is told once, after the pause, and the next one at its time', async () => {
    const simulation = await simulate({ rules, startsAt: MIDNIGHT, repeatMs: 3_600_000 }, true)
    await simulation.runTo(5)
    await send(simulation)
    await simulation.runTo(60)
    await simulation.restart(130)
    await simulation.runTo(191)
    expect(texts(simulation)).toHaveLength(1)
    await simulation.runTo(240)
    await simulation.restart(1)
    await simulation.runTo(244)
    expect(texts(simulation).slice(1)).toEqual(['true: job is still failing after 3 h: no space left'])
    await simulation.runTo(246)
    expect(texts(simulation).slice(2)).toEqual(['true: job is still failing after 4 h: no space left'])
  })
})

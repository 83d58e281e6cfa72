/**
 * Every order of a few events against the model: what is answered, runs, health, and changes, which are notified. Each
 * sequence of events has a monitor of its own in one database.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HealthChange, Monitor, Run } from '../../../src/server/monitors/monitors.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'
import type { Store } from '../../../src/server/store/store.ts'
import { STATES, type State } from '../../../src/telemetry/event.ts'
import { latenessOf, type ModelRun, type Moment, modelOf } from './model.ts'
import { every, isPostgres, NOW, testStore } from './support.ts'

/** An event without its time. */
interface Letter {
  readonly state: ReceivedEvent['state']
  readonly env: 'production' | 'staging'
  readonly series: 'a' | 'b' | undefined
  /** Minutes before its receipt, for an event that has a stamp; undefined for one that is sent at once. */
  readonly minutesLate: number | undefined
}

/** Two events are within ten minutes, and four are not: both rules for a second end are met. */
const STEP_MINUTES = 4

function eventOf(
  { minutesLate, series, ...letter }: Letter,
  index: number,
  monitorKey: string,
): ReceivedEvent {
  const minute = index * STEP_MINUTES
  return {
    ...letter,
    ...(series !== undefined && { series }),
    ...(minutesLate !== undefined && { stamp: NOW / 1000 + (minute - minutesLate) * 60 }),
    monitorKey,
    receivedAt: NOW + minute * 60_000,
    metrics: [],
    message: `event ${index}`,
  }
}

interface Alphabet {
  readonly envs?: readonly Letter['env'][]
  readonly series?: readonly Letter['series'][]
  readonly minutesLate?: readonly Letter['minutesLate'][]
}

function lettersOf({ envs = ['production'], series = ['a'], minutesLate = [undefined] }: Alphabet): Letter[] {
  return STATES.flatMap(state =>
    envs.flatMap(env =>
      // A series means nothing to `ok`.
      (state === 'ok' ? [undefined] : series).flatMap(name =>
        minutesLate.map(late => ({ state, env, series: name, minutesLate: late })),
      ),
    ),
  )
}

/** All sequences of one to `length` letters. */
function* sequencesOf(letters: readonly Letter[], length: number): Generator<readonly Letter[]> {
  if (length === 0) return
  for (const letter of letters) {
    yield [letter]
    for (const rest of sequencesOf(letters, length - 1)) yield [letter, ...rest]
  }
}

/**
 * Exchanging the names of environments, or of series, changes nothing, and only times relative to the first event matter:
 * one of such sequences is tried.
 */
function isFirstOfItsKind(sequence: readonly Letter[]): boolean {
  const [first] = sequence
  const series = sequence.map(each => each.series).filter(name => name !== undefined)
  return first?.env === 'production' && first.minutesLate === undefined && series[0] !== 'b'
}

/** What the store has made of a sequence; also what the model makes of it. */
interface Outcome {
  readonly recorded: readonly string[]
  readonly runs: readonly string[]
  readonly environments: readonly string[]
  readonly health: string
  readonly changes: readonly string[]
}

const minutesAt = (time: number | undefined) => (time === undefined ? '?' : (time - NOW) / 60_000)

const runText = (run: ModelRun) =>
  `${run.env} ${run.state} ${minutesAt(run.startedAt)}-${minutesAt(run.endedAt)} ${run.message}`

const asModelRun = ({ id, env = '', state, startedAt, endedAt, host, message }: Run): ModelRun => ({
  id,
  env,
  state,
  startedAt,
  endedAt,
  host,
  message,
})

const changeText = ({ env, from, to }: Pick<HealthChange, 'env' | 'from' | 'to'>) => `${env} ${from} → ${to}`

function expectedOf(events: readonly ReceivedEvent[]): Outcome {
  const model = modelOf(events)
  return {
    recorded: model.recorded,
    runs: model.runs.map(runText),
    environments: model.environments.map(
      each => `${each.env} ${each.health} ${minutesAt(each.lastSuccessAt)}`,
    ),
    health: model.health,
    changes: model.changes.map(changeText),
  }
}

async function pagesOf<Row extends { readonly id: number }>(
  read: (after: number) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const all: Row[] = []
  for (let rows = await read(0); rows.length > 0; rows = await read(rows.at(-1)?.id ?? 0)) all.push(...rows)
  return all
}

function groupBy<Row>(rows: Iterable<Row>, keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [row])
    else group.push(row)
  }
  return groups
}

async function storedRuns(store: Store): Promise<Map<string, Run[]>> {
  const newestFirst = await pagesOf(before => store.runs({ limit: 1000, ...(before > 0 && { before }) }))
  return groupBy(newestFirst.toReversed(), run => run.monitorKey)
}

async function storedChanges(store: Store): Promise<Map<string, HealthChange[]>> {
  const changes = await pagesOf(after => store.changes({ after, limit: 1000 }))
  return groupBy(changes, change => change.monitorKey)
}

const GROUP = 1000

/** Records each sequence under a key of its own, and returns those of which the store has made something else. */
async function differencesOf(sequences: readonly (readonly Letter[])[]): Promise<unknown[]> {
  const store = await testStore()
  const recorded = new Map<string, string[]>()
  const bySequence = sequences.map((sequence, number) =>
    sequence.map((letter, index) => eventOf(letter, index, `job-${number}`)),
  )
  const all = bySequence.flat()
  for (let from = 0; from < all.length; from += GROUP) {
    const group = all.slice(from, from + GROUP)
    for (const [index, { kind }] of (await Promise.all(group.map(store.record))).entries()) {
      const key = group[index]?.monitorKey ?? ''
      const kinds = recorded.get(key) ?? []
      recorded.set(key, [...kinds, kind])
    }
  }
  const runs = await storedRuns(store)
  const changes = await storedChanges(store)
  const monitors = new Map<string, Monitor>(
    (await store.monitors({ recent: 0 })).map(each => [each.key, each]),
  )
  await store.close()
  return bySequence.flatMap((events, number) => {
    const key = `job-${number}`
    const monitor = monitors.get(key)
    const actual: Outcome = {
      recorded: recorded.get(key) ?? [],
      runs: (runs.get(key) ?? []).map(run => runText(asModelRun(run))),
      environments: (monitor?.environments ?? []).map(
        each => `${each.env} ${each.health} ${minutesAt(each.lastSuccessAt)}`,
      ),
      health: monitor?.health ?? 'no monitor',
      changes: (changes.get(key) ?? []).map(changeText),
    }
    const expected = expectedOf(events)
    return JSON.stringify(actual) === JSON.stringify(expected)
      ? []
      : [{ sequence: sequences[number], actual, expected }]
  })
}

const BOTH_ENVS = ['production', 'staging'] as const
const BOTH_SERIES = ['a', 'b'] as const
/** At once; at the time of the event before; and before the last two events. */
const STAMPS = [undefined, STEP_MINUTES, STEP_MINUTES * 2.5] as const

/**
 * How much shorter the sequences are: with another server each event takes longer, and Bun has the same model and the same
 * SQLite. TEST_RUNS: nothing is left out.
 */
const isShort = isPostgres || process.versions.bun !== undefined
const LEFT_OUT = isShort && !process.env.TEST_RUNS ? 1 : 0

test.each<[string, Alphabet, length: number, count: number]>([
  ['two environments, one series', { envs: BOTH_ENVS }, 5, 18_724],
  ['one environment, two series', { series: BOTH_SERIES }, 5, 9806],
  ['one series, with and without stamps', { minutesLate: STAMPS.slice(0, 2) }, 5, 18_724],
  ['one series, with stamps of two kinds', { minutesLate: STAMPS }, 4, 7540],
  ['no series, with and without stamps', { series: [undefined], minutesLate: STAMPS.slice(0, 2) }, 4, 2340],
  ['two environments and two series', { envs: BOTH_ENVS, series: BOTH_SERIES }, 4, 10_350],
  ['everything at once', { envs: BOTH_ENVS, series: BOTH_SERIES, minutesLate: STAMPS }, 3, 6346],
])(
  '%s: each sequence of events gives what the model gives',
  { timeout: 120_000 },
  async (_, alphabet, length, count) => {
    const sequences = [...sequencesOf(lettersOf(alphabet), length - LEFT_OUT)].filter(isFirstOfItsKind)
    expect((await differencesOf(sequences)).slice(0, 3)).toEqual([])
    if (LEFT_OUT === 0) expect(sequences).toHaveLength(count)
  },
)

/** What a monitor that is expected to succeed every six minutes is sent, every four minutes. */
const LATE_STEPS = 4 - LEFT_OUT
const LATE_LETTERS = ['nothing', 'run', 'complete', 'late complete', 'fail', 'late fail', 'ok'] as const

test('each sequence of events and of waiting gives the lateness and the changes that the model gives', {
  timeout: 120_000,
}, async () => {
  const store = await testStore()
  const sequences = wordsOf(LATE_LETTERS, LATE_STEPS)
  const keys = sequences.map((_, number) => `job-${number}`)
  const everyMs = 6 * 60_000
  await store.expect(keys.map(monitorKey => ({ monitorKey, rule: every(everyMs) })))
  const moments: Moment[][] = sequences.map(() => [])
  for (let step = 0; step < LATE_STEPS; step += 1) {
    const receivedAt = NOW + (step + 1) * STEP_MINUTES * 60_000
    const group = sequences.flatMap((sequence, number): ReceivedEvent[] => {
      const [state, late] = (sequence[step] ?? 'nothing').split(' ').toReversed()
      if (!isState(state)) return []
      const stamp = receivedAt / 1000 - 1.5 * STEP_MINUTES * 60
      const event = { monitorKey: `job-${number}`, state, receivedAt, metrics: [], ...(late && { stamp }) }
      moments[number]?.push(event)
      return [event]
    })
    await Promise.all(group.map(store.record))
    await store.judgeHealth(receivedAt + 1)
    for (const each of moments) each.push({ clock: receivedAt + 1 })
  }
  const changes = await storedChanges(store)
  const wrong = (await store.monitors({ recent: 0 })).flatMap(({ key, health, isLate, environments }) => {
    const number = Number(key.slice(4))
    const expected = latenessOf(moments[number] ?? [], everyMs, NOW)
    const actual = {
      health,
      isLate,
      changes: (changes.get(key) ?? []).map(({ from, to }) => ({ from, to })),
    }
    const isRight = JSON.stringify(actual) === JSON.stringify(expected) && environments.length === 1
    return isRight ? [] : [{ sequence: sequences[number], actual, expected }]
  })
  expect(wrong.slice(0, 3)).toEqual([])
  expect(changes.size).toBeGreaterThan(sequences.length / 2)
})

function isState(text: string | undefined): text is State {
  return STATES.some(state => state === text)
}

/** All words of `length` letters. */
function wordsOf<Letter>(letters: readonly Letter[], length: number): Letter[][] {
  return length === 0
    ? [[]]
    : wordsOf(letters, length - 1).flatMap(word => letters.map(letter => [...word, letter]))
}

test('longer sequences of all kinds of events give what the model gives', { timeout: 120_000 }, async () => {
  const letters = lettersOf({ envs: BOTH_ENVS, series: [...BOTH_SERIES, undefined], minutesLate: STAMPS })
  const aSequence = fc.array(fc.constantFrom(...letters), { minLength: 4, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.array(aSequence, { minLength: 100, maxLength: 200 }), async sequences => {
      expect(await differencesOf(sequences)).toEqual([])
    }),
    { numRuns: Number(process.env.TEST_RUNS || (isShort ? 5 : 20)) },
  )
})

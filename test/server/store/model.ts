/**
 * A model of the store: the rules for runs and health, written down one after the other, over plain lists of events. Slow,
 * and simple enough to verify by reading. It knows nothing of rows, caches or crashes.
 */

import type { Health, MonitorState } from '../../../src/server/monitors/monitors.ts'
import type { RunState } from '../../../src/server/monitors/run-state.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'

export interface ModelRun {
  /** In the order in which runs began, from 1, over all environments of the monitor. */
  readonly id: number
  readonly env: string
  readonly state: RunState
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly host: string | undefined
  readonly message: string | undefined
}

export interface ModelEnvironment {
  readonly env: string
  readonly health: Health
  readonly lastSuccessAt: number | undefined
  readonly isRunning: boolean
}

export interface ModelChange {
  readonly env: string
  readonly from: Health
  readonly to: Health
}

export interface Model {
  readonly recorded: readonly ('stored' | 'repeated')[]
  readonly runs: readonly ModelRun[]
  readonly environments: readonly ModelEnvironment[]
  /** Of the monitor as a whole. */
  readonly health: Health
  readonly isRunning: boolean
  readonly changes: readonly ModelChange[]
}

/** The events of a run. */
interface Gathered {
  readonly id: number
  readonly env: string
  readonly series: string | undefined
  start: ReceivedEvent | undefined
  end: ReceivedEvent | undefined
  readonly events: ReceivedEvent[]
}

const TEN_MINUTES = 10 * 60_000

const FROM_BEST_TO_WORST: readonly Health[] = ['unknown', 'healthy', 'late', 'failing']

/** The events are those of one monitor, in the order of their receipt. Stamps are not in the future. */
export function modelOf(received: readonly ReceivedEvent[]): Model {
  const runs: Gathered[] = []
  const stored: ReceivedEvent[] = []
  const recorded = received.map(event => {
    const found = event.state === 'ok' ? 'no run' : runOf(event, runs)
    if (found === 'repetition') return 'repeated'
    if (found !== 'no run') addTo(found === 'new run' ? beginRun(event, runs) : found, event)
    stored.push(event)
    return 'stored'
  })
  const envs = [...new Set(stored.map(envOf))].toSorted()
  const derived = runs.map(run => derive(run, runs))
  const environments = envs.map(env => {
    const events = stored.filter(event => envOf(event) === env)
    const successes = events.filter(isSuccess)
    return {
      env,
      health: healthOf(events),
      lastSuccessAt: successes.length === 0 ? undefined : Math.max(...successes.map(at)),
      isRunning: derived.some(run => run.env === env && run.state === 'running'),
    }
  })
  return {
    recorded,
    runs: derived,
    environments,
    health:
      FROM_BEST_TO_WORST.findLast(health => environments.some(each => each.health === health)) ?? 'unknown',
    isRunning: environments.some(each => each.isRunning),
    changes: changesOf(stored),
  }
}

export function stateOf({ health, isRunning }: Pick<ModelEnvironment, 'health' | 'isRunning'>): MonitorState {
  if (health === 'failing' || health === 'late') return health
  return isRunning ? 'running' : health === 'healthy' ? 'healthy' : 'quiet'
}

/** The run to which an event belongs. */
function runOf(event: ReceivedEvent, runs: readonly Gathered[]): Gathered | 'new run' | 'repetition' {
  const inEnv = runs.filter(({ env }) => env === envOf(event))
  if (event.series === undefined) return openRunOf(event, inEnv)
  const ofSeries = inEnv.filter(({ series }) => series === event.series)
  const newest = ofSeries.at(-1)
  if (newest === undefined) return 'new run'
  const earlier = ofSeries.at(-2)

  // What was sent with a stamp, and had happened before the series ended, was sent before.
  const recordedEnd = newest.end ?? earlier?.end
  if (event.stamp !== undefined && recordedEnd !== undefined && at(event) <= at(recordedEnd)) {
    const isItsStart = event.state === 'run' && newest.start === undefined && earlier === undefined
    return isItsStart ? newest : 'repetition'
  }
  if (event.state === 'run') return newest.end === undefined ? 'repetition' : 'new run'
  if (newest.end === undefined) return newest
  if (Math.abs(at(event) - at(newest.end)) > TEN_MINUTES) return 'new run'
  return event.state === newest.end.state ? 'repetition' : newest
}

/** Without a series, an end ends the newest open run that it can belong to. */
function openRunOf(event: ReceivedEvent, runs: readonly Gathered[]): Gathered | 'new run' {
  if (event.state === 'run') return 'new run'
  const candidates = runs.filter(
    ({ series, start, end }) =>
      series === undefined &&
      end === undefined &&
      start !== undefined &&
      at(start) <= at(event) &&
      (start.host === undefined || event.host === undefined || start.host === event.host),
  )
  return candidates.toSorted((a, b) => timeOf(b) - timeOf(a) || b.id - a.id)[0] ?? 'new run'
}

function beginRun(event: ReceivedEvent, runs: Gathered[]): Gathered {
  const run = {
    id: runs.length + 1,
    env: envOf(event),
    series: event.series,
    start: undefined,
    end: undefined,
    events: [],
  }
  runs.push(run)
  return run
}

function addTo(run: Gathered, event: ReceivedEvent): void {
  if (event.state === 'run') run.start = event
  else run.end = event
  run.events.push(event)
}

function derive(run: Gathered, all: readonly Gathered[]): ModelRun {
  const { id, env, start, end } = run
  const isLost = all.some(other => other.end && other.env === env && timeOf(other) > timeOf(run))
  return {
    id,
    env,
    state: end ? (end.state === 'fail' ? 'failed' : 'complete') : isLost ? 'lost' : 'running',
    startedAt: start && at(start),
    endedAt: end && at(end),
    host: run.events.find(({ host }) => host !== undefined)?.host,
    message: end?.message ?? start?.message,
  }
}

/** The result of the end or `ok` that happened last; of those that happened at the same time, the one received last. */
function healthOf(events: readonly ReceivedEvent[]): Health {
  const last = events
    .filter(({ state }) => state !== 'run')
    .reduce<ReceivedEvent | undefined>(
      (best, event) => (best === undefined || at(event) >= at(best) ? event : best),
      undefined,
    )
  if (last === undefined) return 'unknown'
  return last.state === 'fail' ? 'failing' : 'healthy'
}

/** The health of an environment before and after each event. */
function changesOf(stored: readonly ReceivedEvent[]): ModelChange[] {
  return stored.flatMap((event, index) => {
    const env = envOf(event)
    const healthAfter = (count: number) =>
      healthOf(stored.slice(0, count).filter(each => envOf(each) === env))
    return differences([healthAfter(index), healthAfter(index + 1)]).map(change => ({ env, ...change }))
  })
}

/** Nobody is notified of a first success. */
function differences(healths: readonly Health[]): { readonly from: Health; readonly to: Health }[] {
  return healths.slice(1).flatMap((to, index) => {
    const from = healths[index] ?? to
    return from === to || (from === 'unknown' && to === 'healthy') ? [] : [{ from, to }]
  })
}

/** An event without an environment and a series, or a look at the clock. */
export type Moment = ReceivedEvent | { readonly clock: number }

export interface ModelLateness {
  readonly health: Health
  readonly isLate: boolean
  readonly changes: readonly Omit<ModelChange, 'env'>[]
}

/** The health of a monitor that is expected to succeed every `everyMs` milliseconds from `since` on. */
export function latenessOf(moments: readonly Moment[], everyMs: number, since: number): ModelLateness {
  const events: ReceivedEvent[] = []
  const healths: Health[] = ['unknown']
  let isLate = false
  for (const moment of moments) {
    const event = 'clock' in moment ? undefined : moment
    if (event !== undefined) events.push(event)
    const now = 'clock' in moment ? moment.clock : moment.receivedAt
    const isOverdue = now > Math.max(since, ...events.filter(isSuccess).map(at)) + everyMs
    // Time makes it late. A success ends that, unless it is so old that the next one is overdue already.
    if (event === undefined) isLate ||= isOverdue
    else if (isSuccess(event)) isLate &&= isOverdue
    const outcome = healthOf(events)
    healths.push(isLate && outcome !== 'failing' ? 'late' : outcome)
  }
  return { health: healths.at(-1) ?? 'unknown', isLate, changes: differences(healths) }
}

function isSuccess({ state }: ReceivedEvent): boolean {
  return state === 'complete' || state === 'ok'
}

export function at({ stamp, receivedAt }: ReceivedEvent): number {
  return stamp === undefined ? receivedAt : Math.round(stamp * 1000)
}

function envOf({ env }: ReceivedEvent): string {
  return env ?? ''
}

/** When a run began, or ended if its start is unknown. */
function timeOf({ start, end }: Gathered): number {
  const event = start ?? end
  return event ? at(event) : 0
}

/** A model of the store: derives runs and health from all events each time. Slow, and simple enough to verify by reading. */

import type { Health } from '../../../src/server/monitors/monitors.ts'
import type { RunState } from '../../../src/server/monitors/run-state.ts'
import type { ReceivedEvent } from '../../../src/server/store/event.ts'

type Sent = ReceivedEvent & { readonly stamp: number }

interface Gathered {
  readonly id: number
  readonly events: readonly Sent[]
}

export interface ModelRun {
  readonly id: number
  readonly state: RunState
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly env: string | undefined
  readonly host: string | undefined
  readonly message: string | undefined
}

export interface Model {
  readonly recorded: readonly ('stored' | 'repeated')[]
  readonly runs: readonly ModelRun[]
  readonly health: Health
  readonly lastSuccessAt: number | undefined
}

/** The events are those of one monitor, in the order of their receipt. */
export function modelOf(received: readonly Sent[]): Model {
  const recorded = received.map((event, index) =>
    event.series !== undefined &&
    event.state !== 'ok' &&
    received.slice(0, index).some(({ series, state }) => series === event.series && state === event.state)
      ? 'repeated'
      : 'stored',
  )
  const events = received.filter((_, index) => recorded[index] === 'stored')
  const gathered = gather(events.filter(({ state }) => state !== 'ok'))
  const outcome = latest(events.filter(({ state }) => state !== 'run'))
  const successes = events.filter(({ state }) => state === 'complete' || state === 'ok')
  return {
    recorded,
    runs: gathered.map(run => derive(run, gathered)),
    health: outcome === undefined ? 'unknown' : outcome.state === 'fail' ? 'failing' : 'healthy',
    lastSuccessAt: successes.length === 0 ? undefined : Math.max(...successes.map(at)),
  }
}

function gather(events: readonly Sent[]): Gathered[] {
  let runs: Gathered[] = []
  for (const event of events) {
    const own = runs
      .filter(run => isOf(run, event))
      .toSorted((a, b) => startOf(b) - startOf(a) || b.id - a.id)[0]
    runs =
      own === undefined
        ? [...runs, { id: runs.length + 1, events: [event] }]
        : runs.map(run => (run === own ? { ...run, events: [...run.events, event] } : run))
  }
  return runs
}

function isOf(run: Gathered, event: Sent): boolean {
  if (event.series !== undefined) return run.events[0]?.series === event.series
  if (event.state === 'run' || run.events[0]?.series !== undefined) return false
  const agrees = (name: 'env' | 'host') => {
    const known = first(run, name)
    return known === undefined || event[name] === undefined || known === event[name]
  }
  const start = run.events.find(({ state }) => state === 'run')
  return (
    start !== undefined &&
    endOf(run) === undefined &&
    at(start) <= at(event) &&
    agrees('env') &&
    agrees('host')
  )
}

function derive(run: Gathered, all: readonly Gathered[]): ModelRun {
  const start = run.events.find(({ state }) => state === 'run')
  const end = endOf(run)
  const isLost = all.some(
    other => endOf(other) && first(other, 'env') === first(run, 'env') && timeOf(other) > timeOf(run),
  )
  return {
    id: run.id,
    state: end ? (end.state === 'fail' ? 'failed' : 'complete') : isLost ? 'lost' : 'running',
    startedAt: start && at(start),
    endedAt: end && at(end),
    env: first(run, 'env'),
    host: first(run, 'host'),
    message: end?.message ?? start?.message,
  }
}

const at = ({ stamp }: Sent) => stamp * 1000
const first = ({ events }: Gathered, name: 'env' | 'host') =>
  events.find(event => event[name] !== undefined)?.[name]
const endOf = ({ events }: Gathered) => latest(events.filter(({ state }) => state !== 'run'))
const startOf = ({ events }: Gathered) => Math.min(...events.map(at))

function timeOf(run: Gathered): number {
  const event = run.events.find(({ state }) => state === 'run') ?? endOf(run)
  return event ? at(event) : 0
}

/** The event that happened last; of events that happened at the same time, the one received last. */
function latest(events: readonly Sent[]): Sent | undefined {
  return events.reduce<Sent | undefined>(
    (best, event) => (best === undefined || at(event) >= at(best) ? event : best),
    undefined,
  )
}

/** Makes runs of events: in memory, and written together (derive.ts says when). */

import { mergeRun, newRun, type RunRow, SEEN } from './projection/merge-run.ts'
import { openRuns } from './projection/open-runs.ts'
import { rowWriter } from './row-writer.ts'
import type { RunEvent } from './run-event.ts'
import { lastId, type Sqlite } from './sqlite.ts'

export type Place =
  | { readonly kind: 'new' }
  | { readonly kind: 'known'; readonly run: RunRow }
  /** The series had this state already. */
  | { readonly kind: 'repeated' }

export interface Put {
  readonly run: number
  readonly hasEnded: boolean
}

export interface RunTable {
  /** To be called first in each transaction, with the series that it may ask for. */
  readonly begin: (series: readonly SeriesOf[]) => void
  /** Has what was put to be written before the run of this event is asked for? */
  readonly isToBeWritten: (monitor: number, event: RunEvent) => boolean
  /** The run that an event belongs to. `ok` belongs to none. */
  readonly placeOf: (monitor: number, event: RunEvent) => Place
  /** Notes what the event with this id says of the run; returns its id, and `hasEnded` where it has ended by it. */
  readonly put: (monitor: number, place: Place, event: RunEvent, eventId: number) => Put
  /** Writes what was put of these monitors. */
  readonly flush: (monitors: readonly number[]) => void
  /** Forgets what it knows by heart: to be called where a transaction came to nothing, or rows were removed. */
  readonly forget: () => void
}

export type SeriesOf = readonly [monitor: number, series: string]

const COLUMNS =
  'id, monitor, series, env, host, at, started_at, ended_at, end_state, seen, reported_duration, status_code, start_event, end_event'

/** All that an event changes; the others are of the run from its first event on. */
const CHANGING = COLUMNS.split(', ').slice(3)

/** Runs that are known by heart besides those that are not written yet, so that their end need not look for them. */
const MOST_KNOWN = 20_000

/** More than the events of a group, so that in the end enough are forgotten. */
const LOOKED_AT_ONCE = 1000

const MOST_ENVS = 10_000

export function runTable(db: Sqlite): RunTable {
  // CROSS JOIN: the series are gone through, and each is looked up.
  const ofSeries = db.prepare<RunRow>(`
    SELECT ${COLUMNS.replace(/^id/, 'r.id')}
    FROM json_each(?) j CROSS JOIN run r ON r.monitor = j.value ->> 0 AND r.series = j.value ->> 1`)
  const openOne = openRuns(db, COLUMNS)
  const write = rowWriter(
    db,
    CHANGING.length + 3,
    rows => `INSERT INTO run (${COLUMNS}) VALUES ${rows}
      ON CONFLICT (id) DO UPDATE SET ${CHANGING.map(column => `${column} = excluded.${column}`).join(', ')}`,
  )
  const addEnv = db.prepare('INSERT OR IGNORE INTO env (monitor, name) VALUES (?, ?)')
  const lastRun = lastId(db, 'run')

  const known = new Map<string, RunRow>()
  const knownEnvs = new Set<string>()
  /** What is not written yet: by monitor, and by id. */
  const changed = new Map<number, Map<number, RunRow>>()
  /** The monitors of those that have no series: the database is asked for these. */
  const changedWithoutSeries = new Set<number>()
  /** What has ended is seldom asked for again. */
  const writtenEnds = new Map<string, RunRow>()
  let newest: number | undefined
  const know = (run: RunRow) => {
    if (run.series === null) return
    const name = nameOf(run.monitor, run.series)
    // Behind the others again.
    known.delete(name)
    known.set(name, run)
  }
  const isChanged = ({ id, monitor }: RunRow) => changed.get(monitor)?.has(id) ?? false
  /** Only between transactions: what `begin` has looked up is asked for until the next one. */
  const forgetSome = () => {
    for (const [name, run] of writtenEnds) if (!isChanged(run)) known.delete(name)
    writtenEnds.clear()
    let lookedAt = 0
    for (const [name, run] of known) {
      if (known.size <= MOST_KNOWN || lookedAt === LOOKED_AT_ONCE) break
      lookedAt += 1
      if (!isChanged(run)) known.delete(name)
    }
  }

  return {
    begin: series => {
      forgetSome()
      const unknown = series.filter(([monitor, name]) => !known.has(nameOf(monitor, name)))
      if (unknown.length === 0) return
      for (const run of ofSeries.all(JSON.stringify(unknown))) know(run)
    },

    isToBeWritten: (monitor, { series, state }) =>
      series === null && state !== 'run' && changedWithoutSeries.has(monitor),

    placeOf: (monitor, event) => {
      if (event.series !== null) {
        const run = known.get(nameOf(monitor, event.series))
        if (run === undefined) return { kind: 'new' }
        return (run.seen & SEEN[event.state]) === 0 ? { kind: 'known', run } : { kind: 'repeated' }
      }
      if (event.state === 'run') return { kind: 'new' }
      const run = openOne(monitor, event)
      return run === undefined ? { kind: 'new' } : { kind: 'known', run }
    },

    put: (monitor, place, event, eventId) => {
      const before = place.kind === 'known' ? place.run : undefined
      if (before === undefined) newest = (newest ?? lastRun()) + 1
      const run =
        before === undefined ? newRun(newest ?? 0, monitor, event, eventId) : mergeRun(before, event, eventId)
      changed.set(monitor, (changed.get(monitor) ?? new Map<number, RunRow>()).set(run.id, run))
      if (run.series === null) changedWithoutSeries.add(monitor)
      know(run)
      const env = `${monitor} ${run.env}`
      if (!knownEnvs.has(env)) {
        addEnv.run(monitor, run.env)
        if (knownEnvs.size >= MOST_ENVS) knownEnvs.clear()
        knownEnvs.add(env)
      }
      return { run: run.id, hasEnded: (before?.ended_at ?? null) === null && run.ended_at !== null }
    },

    flush: monitors => {
      const rows = monitors.flatMap(monitor => [...(changed.get(monitor)?.values() ?? [])])
      write(rows.map(valuesOf))
      for (const run of rows) {
        if (run.ended_at !== null && run.series !== null)
          writtenEnds.set(nameOf(run.monitor, run.series), run)
      }
      for (const monitor of monitors) {
        changed.delete(monitor)
        changedWithoutSeries.delete(monitor)
      }
    },

    forget: () => {
      known.clear()
      writtenEnds.clear()
      knownEnvs.clear()
      changed.clear()
      changedWithoutSeries.clear()
      newest = undefined
    },
  }
}

function nameOf(monitor: number, series: string): string {
  return `${monitor} ${series}`
}

function valuesOf(run: RunRow) {
  const { id, monitor, series, env, host, at, started_at, ended_at, end_state, seen } = run
  const { reported_duration, status_code, start_event, end_event } = run
  const start = [id, monitor, series, env, host, at, started_at, ended_at, end_state, seen]
  return [...start, reported_duration, status_code, start_event, end_event]
}

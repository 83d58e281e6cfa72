/** The runs of a batch of events, in memory: rows that were read under the write lock, and what becomes of them. */

import {
  type MergedRun,
  matchOfSeries,
  matchWithoutSeries,
  mergedRun,
  runWithEvent,
} from '../model/applied-run.ts'
import type { AppliedRuns } from '../model/apply-event.ts'
import type { RunRow } from '../model/merge-run.ts'
import type { RunEvent } from '../model/run-event.ts'
import type { Head } from './queries.ts'

/** A row of the table `run`. */
export interface OrdinalRun extends RunRow {
  /** NULL without a series. */
  readonly ordinal: number | null
}

/** An event with a stamp that one of the loaded runs has. */
export interface StampedEvent {
  readonly id: number
  readonly state: string
  readonly stamp: number
}

export interface OpenRunStart {
  readonly id: number
  readonly at: number
}

/** The columns of an event that say what it is to its run. */
export interface EventOfRun {
  readonly run: number
  /** True for an end of a run that had one already. */
  readonly corrects: boolean
}

export interface BatchRuns extends AppliedRuns {
  readonly ofEvent: (id: number) => EventOfRun | undefined
  /** For runningSince(): the open runs of a monitor that are not lost, oldest first. */
  readonly setOpenRuns: (monitor: number, runs: readonly OpenRunStart[]) => void
  /** Rows that are not in the database yet, and rows that are and have changed. They are not returned again. */
  readonly takeWritten: () => {
    readonly inserted: readonly OrdinalRun[]
    readonly updated: readonly OrdinalRun[]
  }
}

export interface LoadedRuns {
  /** The newest run of each series. */
  readonly ofSeries: readonly OrdinalRun[]
  /** Open runs without a series. */
  readonly open: readonly OrdinalRun[]
  readonly stamped: readonly StampedEvent[]
}

/** Ids are taken from `head`. */
export function createBatchRuns({ ofSeries, open, stamped }: LoadedRuns, head: Head): BatchRuns {
  const newest = new Map(ofSeries.map(run => [nameOf(run.monitor, run.series), run.id]))
  const runs = new Map([...ofSeries, ...open].map(run => [run.id, run]))
  const openOfMonitor = new Map<number, Set<number>>()
  const stamps = new Map(stamped.map(event => [event.id, event]))
  const eventsOfRuns = new Map<number, EventOfRun>()
  const openRuns = new Map<number, readonly OpenRunStart[]>()
  const inDatabase = new Set(runs.keys())
  const pending = new Set<number>()
  for (const run of open) addOpen(openOfMonitor, run)

  const nextId = () => {
    head.lastRun += 1
    return head.lastRun
  }
  const newestOf = (monitor: number, series: string | null) => {
    const id = series === null ? undefined : newest.get(nameOf(monitor, series))
    return id === undefined ? undefined : runs.get(id)
  }
  const hasSameEvent = ({ start_event, end_event }: RunRow, { state, stamp }: RunEvent) =>
    stamp !== null &&
    [start_event, end_event].some(id => {
      const known = id === null ? undefined : stamps.get(id)
      return known?.state === state && known.stamp === stamp
    })
  /** As sqlite/projection/find-open-run.ts. */
  const findOpen = (monitor: number, { happenedAt, host }: RunEvent): OrdinalRun | undefined => {
    let found: OrdinalRun | undefined
    for (const id of openOfMonitor.get(monitor) ?? []) {
      const run = runs.get(id)
      if (run === undefined || run.at > happenedAt) continue
      if (host !== null && run.host !== null && run.host !== host) continue
      if (found === undefined || run.at > found.at || (run.at === found.at && run.id > found.id)) found = run
    }
    return found
  }
  const ordinalOf = (monitor: number, { series }: RunEvent) =>
    series === null ? null : (newestOf(monitor, series)?.ordinal ?? 0) + 1

  return {
    match: (monitor, event) =>
      event.series === null
        ? matchWithoutSeries(event.state === 'run' ? undefined : findOpen(monitor, event))
        : matchOfSeries(newestOf(monitor, event.series), event, hasSameEvent),
    merge: (monitor, match, event, eventId) => {
      const known = match.kind === 'known' ? runs.get(match.run.id) : undefined
      const ordinal = known === undefined ? ordinalOf(monitor, event) : known.ordinal
      const run: OrdinalRun = { ...runWithEvent(monitor, match, event, eventId, nextId), ordinal }
      runs.set(run.id, run)
      pending.add(run.id)
      if (run.series !== null) newest.set(nameOf(monitor, run.series), run.id)
      else if (run.ended_at === null) addOpen(openOfMonitor, run)
      else openOfMonitor.get(monitor)?.delete(run.id)
      if (event.stamp !== null) stamps.set(eventId, { id: eventId, state: event.state, stamp: event.stamp })
      const merged = mergedRun(match, run)
      eventsOfRuns.set(eventId, { run: run.id, corrects: event.state !== 'run' && !merged.hasEnded })
      return merged
    },
    runningSince: (monitor, ended) => oldestOf(openRuns.get(monitor) ?? [], ended),
    ofEvent: id => eventsOfRuns.get(id),
    setOpenRuns: (monitor, found) => openRuns.set(monitor, found),
    takeWritten: () => {
      const rows = [...pending].flatMap(id => runs.get(id) ?? [])
      const inserted = rows.filter(({ id }) => !inDatabase.has(id))
      const updated = rows.filter(({ id }) => inDatabase.has(id))
      for (const id of pending) inDatabase.add(id)
      pending.clear()
      return { inserted, updated }
    },
  }
}

/** The start of the first run but `ended`, and not before it. */
function oldestOf(runs: readonly OpenRunStart[], ended: MergedRun | undefined): number | undefined {
  return runs.find(({ id, at }) => ended === undefined || (id !== ended.id && at >= ended.at))?.at
}

function addOpen(open: Map<number, Set<number>>, run: RunRow): void {
  open.set(run.monitor, (open.get(run.monitor) ?? new Set()).add(run.id))
}

function nameOf(monitor: number, series: string | null): string {
  return `${monitor} ${series}`
}

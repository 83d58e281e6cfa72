/** Applies one event to its run and its monitor, in memory. */

import { afterEnd, afterStart, countsStarts } from '../../../monitors/health.ts'
import type { Incoming } from '../../model/incoming.ts'
import type { MonitorRow } from '../../model/monitor-row.ts'
import { isOfRun, type RunEvent } from '../../model/run-event.ts'
import type { CountedEvent, MonitorTable } from '../monitor-table.ts'
import type { MergedRun, RunTable, SeriesOfMonitor } from './run-table.ts'

/** `repeated`: the event must not be stored. */
export type AppliedEvent = 'repeated' | 'applied' | 'health-changed'

export interface Tables {
  readonly monitors: MonitorTable
  readonly runs: RunTable
}

/** The monitor of an event; undefined if it would be one too many. */
export function monitorOf(
  { monitors }: Tables,
  { monitorKey, env, receivedAt }: Pick<Incoming, 'monitorKey' | 'env' | 'receivedAt'>,
): MonitorRow | undefined {
  return monitors.getForEvent(monitorKey, env ?? '', receivedAt)
}

/** Loads the runs of these events. Call it first in each transaction that applies events. */
export function loadRuns({ monitors, runs }: Tables, events: readonly Incoming[]): void {
  const wanted: SeriesOfMonitor[] = []
  for (const { monitorKey, env, series } of events) {
    if (series === null) continue
    // A new monitor has no runs yet.
    const monitor = monitors.find(monitorKey, env ?? '')
    if (monitor !== undefined) wanted.push([monitor.id, series])
  }
  runs.load(wanted)
}

/** `id` is the id under which the event is stored. */
export function applyEvent(tables: Tables, monitor: MonitorRow, event: Incoming, id: number): AppliedEvent {
  if (isOfRun(event)) return applyToRun(tables, monitor, event, id)
  const { state, receivedAt } = event
  return applyEnd(tables, monitor, event, { id, state, ended: undefined, receivedAt }, undefined)
}

function applyToRun(tables: Tables, monitor: MonitorRow, event: RunEvent, id: number): AppliedEvent {
  const { monitors, runs } = tables
  const match = runs.match(monitor.id, event)
  if (match.kind === 'repeated') return 'repeated'
  const run = runs.merge(monitor.id, match, event, id)
  const { state, receivedAt } = event
  if (state === 'run') {
    const counted = { id, state, ended: undefined, receivedAt }
    if (countsStarts(monitor)) {
      const step = afterStart(monitor, event.happenedAt, receivedAt)
      return monitors.setHealth(monitor, step, run.id, counted) ? 'health-changed' : 'applied'
    }
    monitors.count(monitor, counted)
    return 'applied'
  }
  const ended = run.hasEnded ? (state === 'fail' ? 'failed' : 'complete') : undefined
  return applyEnd(tables, monitor, event, { id, state, ended, receivedAt }, run)
}

/** `run` is undefined for an `ok`. */
function applyEnd(
  { monitors, runs }: Tables,
  monitor: MonitorRow,
  event: Incoming,
  counted: CountedEvent,
  run: MergedRun | undefined,
): AppliedEvent {
  const end = {
    outcome: event.state === 'fail' ? 'failing' : 'healthy',
    at: event.happenedAt,
    startedAt: run?.startedAt,
    // It takes a search in the database.
    runningSince: monitor.isOverrunning ? runs.runningSince(monitor.id, run) : undefined,
  } as const
  const step = afterEnd(monitor, end, event.receivedAt)
  return monitors.setHealth(monitor, step, run?.id ?? null, counted) ? 'health-changed' : 'applied'
}

/** Applies one event to its run and its monitor, in memory. */

import type { State } from '../../../telemetry/event.ts'
import { afterEnd, afterStart, countsStarts, type HealthStep } from '../../monitors/health.ts'
import type { MergedRun, RunMatch } from './applied-run.ts'
import type { Incoming } from './incoming.ts'
import type { MonitorRow } from './monitor-row.ts'
import { isOfRun, type RunEvent } from './run-event.ts'

/** `repeated`: the event must not be stored. */
export type AppliedEvent = 'repeated' | 'applied' | 'health-changed'

/** What an event adds to a monitor's counters. */
export interface CountedEvent {
  readonly id: number
  readonly state: State
  /** Set if the event ended a run. */
  readonly ended: 'complete' | 'failed' | undefined
  readonly receivedAt: number
}

export interface AppliedMonitors {
  readonly find: (key: string, env: string) => MonitorRow | undefined
  /**
   * The row for an event that was received at `now`. If it does not exist, it is inserted; undefined if that would exceed the
   * bound.
   */
  readonly getForEvent: (key: string, env: string, now: number) => MonitorRow | undefined
  readonly count: (monitor: MonitorRow, event: CountedEvent) => void
  /**
   * Sets the health, and adds a row to `change` if people must be notified; returns whether it did. `run` is the id of the
   * run that caused the change.
   */
  readonly setHealth: (
    monitor: MonitorRow,
    step: HealthStep,
    run: number | null,
    event?: CountedEvent,
  ) => boolean
}

export interface AppliedRuns {
  readonly match: (monitor: number, event: RunEvent) => RunMatch
  /** Changes the matched run, or creates one. */
  readonly merge: (
    monitor: number,
    match: Exclude<RunMatch, { kind: 'repeated' }>,
    event: RunEvent,
    eventId: number,
  ) => MergedRun
  /**
   * When the oldest run that is open, and not lost, started. `ended` is a run that has just ended, as the only one that is
   * not written yet.
   */
  readonly runningSince: (monitor: number, ended: MergedRun | undefined) => number | undefined
}

export interface AppliedTables {
  readonly monitors: AppliedMonitors
  readonly runs: AppliedRuns
}

/** The monitor of an event; undefined if it would be one too many. */
export function monitorOf(
  { monitors }: AppliedTables,
  { monitorKey, env, receivedAt }: Pick<Incoming, 'monitorKey' | 'env' | 'receivedAt'>,
): MonitorRow | undefined {
  return monitors.getForEvent(monitorKey, env ?? '', receivedAt)
}

/** `id` is the id under which the event is stored. */
export function applyEvent(
  tables: AppliedTables,
  monitor: MonitorRow,
  event: Incoming,
  id: number,
): AppliedEvent {
  if (isOfRun(event)) return applyToRun(tables, monitor, event, id)
  const { state, receivedAt } = event
  return applyEnd(tables, monitor, event, { id, state, ended: undefined, receivedAt }, undefined)
}

function applyToRun(tables: AppliedTables, monitor: MonitorRow, event: RunEvent, id: number): AppliedEvent {
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
  { monitors, runs }: AppliedTables,
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

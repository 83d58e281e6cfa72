/** Applies an event to the row of its run. All fields are listed, because object spread took most of the time here. */

import type { RunEvent } from '../run-event.ts'

export const RUN_COLUMNS = [
  'id',
  'monitor',
  'series',
  'env',
  'host',
  'at',
  'started_at',
  'ended_at',
  'end_state',
  'seen',
  'reported_duration',
  'status_code',
  'start_event',
  'end_event',
] as const satisfies readonly (keyof RunRow)[]

/** A row of the table `run` (schema.ts). */
export interface RunRow {
  readonly id: number
  readonly monitor: number
  readonly series: string | null
  readonly env: string
  readonly host: string | null
  readonly at: number
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly end_state: string | null
  readonly seen: number
  readonly reported_duration: number | null
  readonly status_code: number | null
  readonly start_event: number | null
  readonly end_event: number | null
}

/** The bits of `seen`: one for each state that the run has an event of. */
export const SEEN = { run: 1, complete: 2, fail: 4 } as const

/** A new run with this event as its first. */
export function newRun(id: number, monitor: number, event: RunEvent, eventId: number): RunRow {
  const isStart = event.state === 'run'
  const when = event.happenedAt
  return {
    id,
    monitor,
    series: event.series,
    env: event.env ?? '',
    host: event.host,
    at: when,
    started_at: isStart ? when : null,
    ended_at: isStart ? null : when,
    end_state: endStateOf(event),
    seen: SEEN[event.state],
    reported_duration: isStart ? null : event.duration,
    status_code: isStart ? null : event.statusCode,
    start_event: isStart ? eventId : null,
    end_event: isStart ? null : eventId,
  }
}

/** If a run has both a `complete` and a `fail`, the one that happened later counts. */
export function mergeRun(before: RunRow, event: RunEvent, eventId: number): RunRow {
  const when = event.happenedAt
  const isStart = event.state === 'run'
  const isEnd = !isStart && (before.ended_at === null || before.ended_at <= when)
  const startedAt = isStart ? when : before.started_at
  const endedAt = isEnd ? when : before.ended_at
  return {
    id: before.id,
    monitor: before.monitor,
    series: before.series,
    env: before.env === '' ? (event.env ?? '') : before.env,
    host: before.host ?? event.host,
    at: startedAt ?? endedAt ?? when,
    started_at: startedAt,
    ended_at: endedAt,
    end_state: isEnd ? endStateOf(event) : before.end_state,
    seen: before.seen | SEEN[event.state],
    reported_duration: isEnd ? event.duration : before.reported_duration,
    status_code: isEnd ? event.statusCode : before.status_code,
    start_event: isStart ? eventId : before.start_event,
    end_event: isEnd ? eventId : before.end_event,
  }
}

function endStateOf({ state }: RunEvent): string | null {
  switch (state) {
    case 'run':
      return null
    case 'complete':
      return 'complete'
    case 'fail':
      return 'failed'
  }
}

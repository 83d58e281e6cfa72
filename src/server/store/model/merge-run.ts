/** Applies an event to the row of its run. All fields are listed, because object spread took most of the time here. */

import type { RunEvent } from './run-event.ts'

export const RUN_COLUMNS = [
  'id',
  'monitor',
  'series',
  'host',
  'at',
  'started_at',
  'ended_at',
  'end_state',
  'earlier_end',
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
  readonly host: string | null
  readonly at: number
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly end_state: string | null
  readonly earlier_end: number | null
  readonly reported_duration: number | null
  readonly status_code: number | null
  readonly start_event: number | null
  readonly end_event: number | null
}

/** A new run with this event as its first. `earlierEnd` is the end of the run before it in its series. */
export function newRun(
  id: number,
  monitor: number,
  event: RunEvent,
  eventId: number,
  earlierEnd: number | null,
): RunRow {
  const isStart = event.state === 'run'
  const when = event.happenedAt
  return {
    id,
    monitor,
    series: event.series,
    host: event.host,
    at: when,
    started_at: isStart ? when : null,
    ended_at: isStart ? null : when,
    end_state: endStateOf(event),
    earlier_end: earlierEnd,
    reported_duration: isStart ? null : event.duration,
    status_code: isStart ? null : event.statusCode,
    start_event: isStart ? eventId : null,
    end_event: isStart ? null : eventId,
  }
}

/** A second end corrects the first one. */
export function mergeRun(before: RunRow, event: RunEvent, eventId: number): RunRow {
  const when = event.happenedAt
  const isStart = event.state === 'run'
  const startedAt = isStart ? when : before.started_at
  const endedAt = isStart ? before.ended_at : when
  return {
    id: before.id,
    monitor: before.monitor,
    series: before.series,
    host: before.host ?? event.host,
    at: startedAt ?? endedAt ?? when,
    started_at: startedAt,
    ended_at: endedAt,
    end_state: isStart ? before.end_state : endStateOf(event),
    earlier_end: before.earlier_end,
    reported_duration: isStart ? before.reported_duration : event.duration,
    status_code: isStart ? before.status_code : event.statusCode,
    start_event: isStart ? eventId : before.start_event,
    end_event: isStart ? before.end_event : eventId,
  }
}

export function endStateOf({ state }: RunEvent): string | null {
  switch (state) {
    case 'run':
      return null
    case 'complete':
      return 'complete'
    case 'fail':
      return 'failed'
  }
}

/** What an event makes of its run. Rows are written out, since spreading objects took most of the time here. */

import type { RunEvent } from '../run-event.ts'

/** A row of `run`. */
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

export const SEEN = { run: 1, complete: 2, fail: 4 } as const

/** The run of which the event is the first. */
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

/** Of two different ends the later one counts. */
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

/** What an event makes of its run. */

import type { RunEvent } from './run-table.ts'

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

type Identity = Pick<RunRow, 'id' | 'monitor' | 'series'>

export const SEEN = { run: 1, complete: 2, fail: 4 } as const

const NOTHING: Omit<RunRow, keyof Identity | 'at'> = {
  env: '',
  host: null,
  started_at: null,
  ended_at: null,
  end_state: null,
  seen: 0,
  reported_duration: null,
  status_code: null,
  start_event: null,
  end_event: null,
}

/** `before` is the identity alone where the event is the first of the run. Of two different ends the later one counts. */
export function mergeRun(before: Identity | RunRow, event: RunEvent, eventId: number): RunRow {
  const when = event.happenedAt
  const known = { ...NOTHING, ...before }
  const both = {
    ...known,
    env: known.env === '' ? (event.env ?? '') : known.env,
    host: known.host ?? event.host,
    seen: known.seen | SEEN[event.state],
  }
  const after = ((): Omit<RunRow, 'at'> => {
    switch (event.state) {
      case 'run':
        return { ...both, started_at: when, start_event: eventId }
      case 'complete':
      case 'fail':
        if (known.ended_at !== null && known.ended_at > when) return both
        return {
          ...both,
          ended_at: when,
          end_state: event.state === 'fail' ? 'failed' : 'complete',
          reported_duration: event.duration,
          status_code: event.statusCode,
          end_event: eventId,
        }
    }
  })()
  return { ...after, at: after.started_at ?? after.ended_at ?? when }
}

/** Makes runs of events. */

import type { ReceivedEvent } from '../event.ts'
import { happenedAt } from './happened-at.ts'
import type { Sqlite } from './sqlite.ts'

/** What `run` has of one monitor, as far as events change it. */
interface Columns {
  readonly id: number
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

export type Place =
  | { readonly kind: 'new' }
  | { readonly kind: 'known'; readonly run: Columns }
  /** The series had this state already. */
  | { readonly kind: 'repeated' }

export interface RunTable {
  /** The run that an event belongs to. `ok` belongs to none. */
  readonly placeOf: (monitor: number, event: RunEvent) => Place
  /** Stores what the event with this id says of the run; returns its id, and `hasEnded` where it has ended by it. */
  readonly put: (monitor: number, place: Place, event: RunEvent, eventId: number) => Put
}

export interface Put {
  readonly run: number
  readonly hasEnded: boolean
}

export type RunEvent = ReceivedEvent & { readonly state: 'run' | 'complete' | 'fail' }

const SEEN = { run: 1, complete: 2, fail: 4 } as const

const COLUMNS =
  'id, env, host, at, started_at, ended_at, end_state, seen, reported_duration, status_code, start_event, end_event'

/** How many open runs are looked at for the one that an end without a series is of. */
const MOST_OPEN = 1000

export function runTable(db: Sqlite): RunTable {
  const ofSeries = db.prepare<Columns>(`SELECT ${COLUMNS} FROM run WHERE monitor = ? AND series = ?`)
  const openOne = db.prepare<Columns>(`
    SELECT * FROM (
      SELECT ${COLUMNS} FROM run
      WHERE monitor = ?1 AND ended_at IS NULL AND series IS NULL AND at <= ?2
      ORDER BY at DESC, id DESC LIMIT ${MOST_OPEN}
    )
    WHERE (?3 = '' OR env = '' OR env = ?3) AND (?4 IS NULL OR host IS NULL OR host = ?4)
    LIMIT 1`)
  const insert = db.prepare(`
    INSERT INTO run (monitor, series, env, host, at, started_at, ended_at, end_state, seen,
      reported_duration, status_code, start_event, end_event)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const update = db.prepare(`
    UPDATE run SET env = ?2, host = ?3, at = ?4, started_at = ?5, ended_at = ?6, end_state = ?7, seen = ?8,
      reported_duration = ?9, status_code = ?10, start_event = ?11, end_event = ?12
    WHERE id = ?1`)
  const addEnv = db.prepare('INSERT OR IGNORE INTO env (monitor, name) VALUES (?, ?)')

  return {
    placeOf: (monitor, event) => {
      if (event.series !== undefined) {
        const run = ofSeries.get(monitor, event.series)
        if (run === undefined) return { kind: 'new' }
        return (run.seen & SEEN[event.state]) === 0 ? { kind: 'known', run } : { kind: 'repeated' }
      }
      if (event.state === 'run') return { kind: 'new' }
      const run = openOne.get(monitor, happenedAt(event), event.env ?? '', event.host ?? null)
      return run === undefined ? { kind: 'new' } : { kind: 'known', run }
    },

    put: (monitor, place, event, eventId) => {
      const before = place.kind === 'known' ? place.run : undefined
      const after = merge(before, event, eventId)
      const { env, host, at, started_at, ended_at, end_state, seen } = after
      const { reported_duration, status_code, start_event, end_event } = after
      const start = [env, host, at, started_at, ended_at, end_state, seen]
      const rest = [reported_duration, status_code, start_event, end_event]
      if (before === undefined || before.env !== env) addEnv.run(monitor, env)
      const hasEnded = (before?.ended_at ?? null) === null && ended_at !== null
      if (before === undefined) {
        const run = insert.run(monitor, event.series ?? null, ...start, ...rest).lastInsertRowid
        return { run, hasEnded }
      }
      update.run(before.id, ...start, ...rest)
      return { run: before.id, hasEnded }
    },
  }
}

type Fields = Omit<Columns, 'id'>

const NOTHING: Omit<Fields, 'at'> = {
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

/** Of two different ends of a series the later one counts. */
function merge(before: Columns | undefined, event: RunEvent, eventId: number): Fields {
  const when = happenedAt(event)
  const known: Omit<Fields, 'at'> = before ?? NOTHING
  const both = {
    ...known,
    env: known.env === '' ? (event.env ?? '') : known.env,
    host: known.host ?? event.host ?? null,
    seen: known.seen | SEEN[event.state],
  }
  const after = ((): Omit<Fields, 'at'> => {
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
          reported_duration: durationOf(event) ?? null,
          status_code: event.statusCode ?? null,
          end_event: eventId,
        }
    }
  })()
  return { ...after, at: after.started_at ?? after.ended_at ?? when }
}

function durationOf({ metrics }: ReceivedEvent): number | undefined {
  return metrics.findLast(({ name, value }) => name === 'duration' && value >= 0)?.value
}

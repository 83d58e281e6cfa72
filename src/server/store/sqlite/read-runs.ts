/** Reads runs. */

import type { Run } from '../../monitors/monitors.ts'
import type { RunState } from '../../monitors/run-state.ts'
import type { RunQuery } from '../store.ts'
import { createRunIdReader } from './run-ids.ts'
import type { Sqlite } from './sqlite.ts'

interface Row {
  readonly id: number
  readonly monitor_key: string
  readonly series: string | null
  readonly env: string
  readonly host: string | null
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly end_state: 'complete' | 'failed' | null
  readonly lost: number
  readonly reported_duration: number | null
  readonly status_code: number | null
  readonly message: string | null
}

/** An open run is lost if a newer run of the monitor in the same environment has ended. */
const LOST = `CASE WHEN r.ended_at IS NULL THEN EXISTS (
    SELECT 1 FROM run n
    WHERE n.monitor = r.monitor AND n.at > r.at AND n.ended_at IS NOT NULL
  ) ELSE 0 END`

const MESSAGE = `COALESCE(
    (SELECT message FROM event WHERE id = r.end_event),
    (SELECT message FROM event WHERE id = r.start_event)
  )`

const SELECT = `
  SELECT r.id, m.key AS monitor_key, r.series, m.env, r.host, r.started_at, r.ended_at, r.end_state, ${LOST} AS lost,
    r.reported_duration, r.status_code, ${MESSAGE} AS message
  FROM run r JOIN monitor m ON m.id = r.monitor`

/**
 * The rows as one JSON text, since libsql takes longer to pass thirty rows than SQLite to read them. As JSON objects they
 * would take twice the time.
 */
const BEFORE_LAST = `
  SELECT json_group_array(json_array(
    id, series, host, started_at, ended_at, end_state, lost, reported_duration, status_code
  )) AS runs
  FROM (
    SELECT r.*, ${LOST} AS lost FROM run r WHERE r.monitor = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?
  )`

/** The columns of BEFORE_LAST, in their order. */
type PackedRun = readonly [
  id: Row['id'],
  series: Row['series'],
  host: Row['host'],
  started_at: Row['started_at'],
  ended_at: Row['ended_at'],
  end_state: Row['end_state'],
  lost: Row['lost'],
  reported_duration: Row['reported_duration'],
  status_code: Row['status_code'],
]

const NO_BOUND = Number.MAX_SAFE_INTEGER

export interface RunReader {
  readonly runs: (query: RunQuery) => Run[]
  /** The latest runs, oldest first; only the last one has its message. */
  readonly recent: (monitorId: number, count: number) => Run[]
  readonly run: (id: number) => Run | undefined
}

export function createRunReader(db: Sqlite): RunReader {
  const one = db.prepare<Row>(`${SELECT} WHERE r.id = ?`)
  const all = db.prepare<Row>(`${SELECT} WHERE r.id < ? ORDER BY r.id DESC LIMIT ?`)
  const ofEnv = db.prepare<Row>(`${SELECT} WHERE m.env = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?`)
  const ofMonitor = db.prepare<Row>(
    `${SELECT} WHERE r.monitor = (SELECT id FROM monitor WHERE key = ? AND env = ?) AND r.id < ? ORDER BY r.id DESC LIMIT ?`,
  )
  const idsOfKey = createRunIdReader(db)
  const listed = db.prepare<Row>(
    `${SELECT} WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY r.id DESC`,
  )
  const last = db.prepare<Row>(`${SELECT} WHERE r.monitor = ? ORDER BY r.id DESC LIMIT 1`)
  const beforeLast = db.prepare<{ readonly runs: string }>(BEFORE_LAST)
  const rowsOf = ({ monitorKey: key, env, limit, before = NO_BOUND }: RunQuery): Row[] => {
    if (key === undefined && env === undefined) return all.all(before, limit)
    if (key === undefined) return ofEnv.all(env ?? '', before, limit)
    if (env === undefined) return listed.all(JSON.stringify(idsOfKey(key, before, limit)))
    return ofMonitor.all(key, env, before, limit)
  }
  return {
    runs: query => rowsOf(query).map(fromRow),
    recent: (monitorId, count) => {
      const newest = count > 0 ? last.get(monitorId) : undefined
      if (newest === undefined) return []
      const text = count > 1 ? beforeLast.get(monitorId, newest.id, count - 1)?.runs : undefined
      // BEFORE_LAST selects PackedRuns, newest first.
      const others = text === undefined ? [] : (JSON.parse(text) as PackedRun[])
      return [...others.reverse().map(run => fromRow(unpack(run, newest))), fromRow(newest)]
    },
    run: id => {
      const row = one.get(id)
      return row && fromRow(row)
    },
  }
}

function unpack(packed: PackedRun, { monitor_key, env }: Pick<Row, 'monitor_key' | 'env'>): Row {
  const [id, series, host, started_at, ended_at, end_state, lost, reported_duration, status_code] = packed
  const times = { started_at, ended_at, end_state, lost, reported_duration }
  return { id, monitor_key, series, env, host, ...times, status_code, message: null }
}

function fromRow(row: Row): Run {
  const state: RunState = row.end_state ?? (row.lost === 1 ? 'lost' : 'running')
  const duration = durationOf(row)
  return {
    id: row.id,
    monitorKey: row.monitor_key,
    ...(row.series !== null && { series: row.series }),
    state,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(duration !== undefined && { durationSeconds: duration }),
    ...(row.status_code !== null && { statusCode: row.status_code }),
    ...(row.host !== null && { host: row.host }),
    ...(row.env !== '' && { env: row.env }),
    ...(row.message !== null && { message: row.message }),
  }
}

/** If two hosts with different clocks reported start and end, the end may be earlier than the start. */
function durationOf({ reported_duration, started_at, ended_at }: Row): number | undefined {
  if (reported_duration !== null) return reported_duration
  if (started_at === null || ended_at === null) return undefined
  return Math.max(0, ended_at - started_at) / 1000
}

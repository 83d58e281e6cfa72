/** Reads runs. */

import type { Run } from '../../monitors/monitors.ts'
import { PACKED_RUN_COLUMNS, type PackedRun, unpackRun } from '../model/packed-runs.ts'
import { type ReadRun, runFromRow } from '../model/run-row.ts'
import type { RunQuery } from '../store.ts'
import { createRunIdReader } from './run-ids.ts'
import type { Sqlite } from './sqlite.ts'

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

/** The rows as one JSON text, since libsql takes longer to pass thirty rows than SQLite to read them. */
const BEFORE_LAST = `
  SELECT json_group_array(json_array(${PACKED_RUN_COLUMNS})) AS runs
  FROM (
    SELECT r.*, ${LOST} AS lost FROM run r WHERE r.monitor = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?
  )`

const NO_BOUND = Number.MAX_SAFE_INTEGER

export interface RunReader {
  readonly runs: (query: RunQuery) => Run[]
  /** The latest runs, oldest first; only the last one has its message. */
  readonly recent: (monitorId: number, count: number) => Run[]
  readonly run: (id: number) => Run | undefined
}

export function createRunReader(db: Sqlite): RunReader {
  const one = db.prepare<ReadRun>(`${SELECT} WHERE r.id = ?`)
  const all = db.prepare<ReadRun>(`${SELECT} WHERE r.id < ? ORDER BY r.id DESC LIMIT ?`)
  const ofEnv = db.prepare<ReadRun>(`${SELECT} WHERE m.env = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?`)
  const ofMonitor = db.prepare<ReadRun>(
    `${SELECT} WHERE r.monitor = (SELECT id FROM monitor WHERE key = ? AND env = ?) AND r.id < ? ORDER BY r.id DESC LIMIT ?`,
  )
  const idsOfKey = createRunIdReader(db)
  const listed = db.prepare<ReadRun>(
    `${SELECT} WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY r.id DESC`,
  )
  const last = db.prepare<ReadRun>(`${SELECT} WHERE r.monitor = ? ORDER BY r.id DESC LIMIT 1`)
  const beforeLast = db.prepare<{ readonly runs: string }>(BEFORE_LAST)
  const rowsOf = ({ monitorKey: key, env, limit, before = NO_BOUND }: RunQuery): ReadRun[] => {
    if (key === undefined && env === undefined) return all.all(before, limit)
    if (key === undefined) return ofEnv.all(env ?? '', before, limit)
    if (env === undefined) return listed.all(JSON.stringify(idsOfKey(key, before, limit)))
    return ofMonitor.all(key, env, before, limit)
  }
  return {
    runs: query => rowsOf(query).map(runFromRow),
    recent: (monitorId, count) => {
      const newest = count > 0 ? last.get(monitorId) : undefined
      if (newest === undefined) return []
      const text = count > 1 ? beforeLast.get(monitorId, newest.id, count - 1)?.runs : undefined
      // BEFORE_LAST selects PackedRuns, newest first.
      const others = text === undefined ? [] : (JSON.parse(text) as PackedRun[])
      return [...others.reverse().map(run => runFromRow(unpackRun(run, newest))), runFromRow(newest)]
    },
    run: id => {
      const row = one.get(id)
      return row && runFromRow(row)
    },
  }
}

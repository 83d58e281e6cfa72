/** Reads monitors with their latest runs. */

import { type HealthState, healthOf } from '../../monitors/health.ts'
import type { Monitor, MonitorState } from '../../monitors/monitors.ts'
import type { MonitorQuery } from '../store.ts'
import type { RunReader } from './read-runs.ts'
import type { Sqlite } from './sqlite.ts'

interface Row {
  readonly id: number
  readonly key: string
  readonly outcome: HealthState['outcome']
  readonly late: number
  readonly since: number | null
  readonly last_event_at: number | null
  readonly last_success_at: number | null
  readonly expect_ms: number | null
}

interface EnvRow {
  readonly monitor: number
  readonly name: string
  readonly is_running: number
}

const COLUMNS = 'id, key, outcome, late, since, last_event_at, last_success_at, expect_ms'

/** An env is running if its newest open run is not lost: it started after every run that has ended. */
const ENVS = `
  SELECT monitor, name,
    COALESCE((SELECT MAX(at) FROM run WHERE monitor = e.monitor AND env = e.name AND ended_at IS NULL), -1) >=
    COALESCE((SELECT MAX(at) FROM run WHERE monitor = e.monitor AND env = e.name AND ended_at IS NOT NULL), 0)
      AS is_running
  FROM env e`

export function createMonitorReader(db: Sqlite, { recent }: RunReader): (query?: MonitorQuery) => Monitor[] {
  const all = db.prepare<Row>(`SELECT ${COLUMNS} FROM monitor ORDER BY key`)
  const one = db.prepare<Row>(`SELECT ${COLUMNS} FROM monitor WHERE key = ?`)
  const allEnvs = db.prepare<EnvRow>(`${ENVS} ORDER BY monitor, name`)
  const envsOf = db.prepare<EnvRow>(`${ENVS} WHERE monitor = ? ORDER BY name`)
  return ({ key, recent: count = 30 } = {}) => {
    const rows = key === undefined ? all.all() : [one.get(key) ?? []].flat()
    const envs = new Map<number, EnvRow[]>(rows.map(({ id }) => [id, []]))
    for (const env of key === undefined ? allEnvs.all() : rows.flatMap(({ id }) => envsOf.all(id))) {
      envs.get(env.monitor)?.push(env)
    }
    return rows.map(row => toMonitor(row, envs.get(row.id) ?? [], recent(row.id, count)))
  }
}

function toMonitor(row: Row, envs: readonly EnvRow[], recent: Monitor['recent']): Monitor {
  const health = healthOf({ isLate: row.late === 1, outcome: row.outcome })
  const isRunning = envs.some(env => env.is_running === 1)
  return {
    key: row.key,
    state: stateOf(health, isRunning),
    health,
    ...(row.since !== null && health !== 'unknown' && { since: row.since }),
    ...(row.last_event_at !== null && { lastEventAt: row.last_event_at }),
    ...(row.last_success_at !== null && { lastSuccessAt: row.last_success_at }),
    envs: envs.map(({ name }) => name).filter(name => name !== ''),
    ...(row.expect_ms !== null && { expectMs: row.expect_ms }),
    recent,
  }
}

function stateOf(health: Monitor['health'], isRunning: boolean): MonitorState {
  switch (health) {
    case 'late':
    case 'failing':
      return health
    case 'healthy':
      return isRunning ? 'running' : 'healthy'
    case 'unknown':
      return isRunning ? 'running' : 'quiet'
  }
}

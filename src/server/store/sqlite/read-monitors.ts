/** Reads monitors with their latest runs. */

import { combineEnvironments } from '../../monitors/combine-environments.ts'
import { type HealthState, healthOf } from '../../monitors/health.ts'
import type { Health, Monitor, MonitorEnvironment, MonitorState } from '../../monitors/monitors.ts'
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
  return ({ key, env, recent: count = 30 } = {}) => {
    const rows = key === undefined ? all.all() : [one.get(key) ?? []].flat()
    const envs = new Map<number, EnvRow[]>(rows.map(({ id }) => [id, []]))
    for (const each of key === undefined ? allEnvs.all() : rows.flatMap(({ id }) => envsOf.all(id))) {
      envs.get(each.monitor)?.push(each)
    }
    return rows.flatMap(row => {
      const known = envs.get(row.id) ?? []
      const all = known.length > 0 ? known : [{ monitor: row.id, name: '', is_running: 0 }]
      const chosen = all.filter(({ name }) => env === undefined || name === env)
      if (chosen.length === 0) return []
      const runs = recent(row.id, count).filter(run => env === undefined || (run.env ?? '') === env)
      return combineEnvironments(
        row.key,
        chosen.map(each => toEnvironment(row, each)),
        runs,
      )
    })
  }
}

function toEnvironment(row: Row, { name, is_running }: EnvRow): MonitorEnvironment {
  const facts = { isLate: row.late === 1, outcome: row.outcome }
  const health = healthOf(facts)
  return {
    env: name,
    state: stateOf(health, is_running === 1),
    health,
    isFailing: facts.outcome === 'failing',
    isLate: facts.isLate,
    ...(row.since !== null && health !== 'unknown' && { since: row.since }),
    ...(row.last_event_at !== null && { lastEventAt: row.last_event_at }),
    ...(row.last_success_at !== null && { lastSuccessAt: row.last_success_at }),
    ...(row.expect_ms !== null && { expectMs: row.expect_ms }),
  }
}

function stateOf(health: Health, isRunning: boolean): MonitorState {
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

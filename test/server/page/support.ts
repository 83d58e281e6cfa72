/** Monitors and runs as the store gives them. */

import { combineEnvironments } from '../../../src/server/monitors/combine-environments.ts'
import type { Monitor, MonitorEnvironment, Run } from '../../../src/server/monitors/monitors.ts'

/** 2026-01-01 12:00 UTC. */
export const NOW = 1_767_268_800_000

export function aRun(id: number, rest: Partial<Run> = {}): Run {
  const startedAt = NOW - (1000 - id) * 60_000
  return {
    id,
    monitorKey: 'job',
    series: `series-${id}`,
    state: 'complete',
    startedAt,
    endedAt: startedAt + 2000,
    durationSeconds: 2,
    statusCode: 0,
    ...rest,
  }
}

export function anEnvironment(env: string, rest: Partial<MonitorEnvironment> = {}): MonitorEnvironment {
  const { isFailing = false, isLate = false, isOverrunning = false } = rest
  const health = isFailing ? 'failing' : isLate ? 'late' : isOverrunning ? 'overrunning' : 'healthy'
  return { env, health, state: health, isFailing, isLate, isOverrunning, ...rest }
}

export function aMonitorIn(
  key: string,
  environments: readonly MonitorEnvironment[],
  recent: readonly Run[] = [],
): Monitor {
  return combineEnvironments(key, environments, recent)
}

/** All its environments are in the same state. */
export function aMonitor(key: string, rest: Partial<Monitor> = {}): Monitor {
  const { envs = [], recent = [], state = 'healthy', ...same } = rest
  const isFailing = state === 'failing'
  const isLate = state === 'late'
  const isOverrunning = state === 'overrunning'
  const { environments: _environments, ...facts } = { isFailing, isLate, isOverrunning, state, ...same }
  return aMonitorIn(
    key,
    (envs.length > 0 ? envs : ['']).map(env => anEnvironment(env, facts)),
    recent,
  )
}

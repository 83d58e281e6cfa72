/** Monitors and runs as the store gives them. */

import type { Monitor, Run } from '../../../src/server/monitors/monitors.ts'

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

export function aMonitor(key: string, rest: Partial<Monitor> = {}): Monitor {
  const { state = 'healthy', health = 'healthy', envs = [] } = rest
  const facts = { state, health, isFailing: state === 'failing', isLate: state === 'late' }
  const environments = (envs.length > 0 ? envs : ['']).map(env => ({ env, ...facts }))
  return { key, ...facts, envs: [], environments, recent: [], ...rest }
}

/** A monitor in one environment for readers, from the database's row. */

import { dueAt } from '../../monitors/deadline.ts'
import { healthOf } from '../../monitors/health.ts'
import type { Health, MonitorEnvironment, MonitorState } from '../../monitors/monitors.ts'
import type { MonitorRow, SelectedMonitor } from './monitor-row.ts'

export interface ReadMonitor extends SelectedMonitor {
  readonly last_event_at: number | null
  readonly running_since: number | null
}

/** `monitor` is the same row, by monitorFromRow(). */
export function readEnvironment(row: ReadMonitor, monitor: MonitorRow): MonitorEnvironment {
  const { rule } = monitor
  const health = healthOf(monitor)
  const due = dueAt(monitor)
  return {
    env: row.env,
    state: stateOf(health, row.running_since !== null),
    health,
    isFailing: monitor.outcome === 'failing',
    isLate: monitor.isLate,
    isOverrunning: monitor.isOverrunning,
    ...(row.since !== null && health !== 'unknown' && { since: row.since }),
    ...(row.last_event_at !== null && { lastEventAt: row.last_event_at }),
    ...(row.last_success_at !== null && { lastSuccessAt: row.last_success_at }),
    ...(rule !== null && { rule }),
    ...(rule?.schedule?.kind === 'every' && { expectMs: rule.schedule.everyMs }),
    ...(due !== undefined && { nextDueAt: due }),
    ...(row.running_since !== null && { runningSince: row.running_since }),
  }
}

function stateOf(health: Health, isRunning: boolean): MonitorState {
  switch (health) {
    case 'overrunning':
    case 'late':
    case 'failing':
      return health
    case 'healthy':
      return isRunning ? 'running' : 'healthy'
    case 'unknown':
      return isRunning ? 'running' : 'quiet'
  }
}

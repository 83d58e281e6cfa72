/** When a monitor must be judged again. */

import { dueAt } from '../../monitors/deadline.ts'
import { overrunsAt } from '../../monitors/health.ts'
import type { MonitorRow } from './monitor-row.ts'

/** A run that starts after a judgement may be overrunning after `max`. A shorter `max` is judged this late at most. */
const MIN_INTERVAL_MS = 10_000

/** In milliseconds since 1970; undefined if time alone cannot change its health. `runningSince`: of its oldest open run. */
export function nextJudgement(
  monitor: MonitorRow,
  runningSince: number | undefined,
  now: number,
): number | undefined {
  const { isLate, isOverrunning, rule } = monitor
  const times = [
    isLate ? undefined : dueAt(monitor),
    isOverrunning ? undefined : overrunsAt(monitor, runningSince),
    rule?.maxMs === undefined ? undefined : now + Math.max(rule.maxMs, MIN_INTERVAL_MS),
  ].filter(time => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times) + 1
}

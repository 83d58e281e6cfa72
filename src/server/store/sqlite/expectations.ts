/** Sets the rules of monitors, and judges by them which monitors are late and which runs take too long. */

import { isPattern } from '../../monitors/applicable-rule.ts'
import { afterExpecting, afterWaiting, isSameRule } from '../../monitors/health.ts'
import type { Expectation } from '../../monitors/monitors.ts'
import type { ExaminedSome } from '../model/in-steps.ts'
import type { MonitorRow } from '../model/monitor-row.ts'
import { nextJudgement } from '../model/next-judgement.ts'
import type { MonitorTable } from './monitor-table.ts'
import { createOpenRunReader } from './open-runs.ts'
import type { RuleTable } from './rule-table.ts'
import { inTransaction, type Sqlite } from './sqlite.ts'

/** Pending changes of the monitor table must be flushed before each call. */
export interface ExpectationWriter {
  /**
   * Replaces all expectations. For a monitor that had none, the time runs from `now`, in milliseconds since 1970. Of two
   * for the same monitors and environment, the last one applies.
   */
  readonly expect: (expectations: readonly Expectation[], now: number) => { readonly healthChanged: boolean }
  /** Judges some of the monitors with a rule, those with the next larger ids than `afterId` (default: 0). */
  readonly judgeHealth: (now: number, afterId?: number) => ExaminedSome
  /** Lets all rules count from `now` on. */
  readonly countFrom: (now: number) => void
}

/** Events are recorded between two calls of judgeHealth(). */
const MONITORS_A_STEP = 500

export function createExpectationWriter(
  db: Sqlite,
  monitors: MonitorTable,
  rules: RuleTable,
): ExpectationWriter {
  const { oldest } = createOpenRunReader(db)
  const updateCount = db.prepare('UPDATE monitor SET expect_since = ? WHERE rule IS NOT NULL')
  const changeMonitors = <Result>(work: () => Result): Result => {
    try {
      return inTransaction(db, () => {
        const result = work()
        monitors.flush()
        return result
      })
    } catch (error) {
      monitors.reset()
      throw error
    }
  }
  const setRule = (monitor: MonitorRow, now: number): boolean => {
    const rule = rules.find(monitor.key, monitor.env) ?? null
    if (isSameRule(rule, monitor.rule)) return false
    return monitors.setRule(monitor, afterExpecting(monitor, rule, now))
  }
  const judge = (monitor: MonitorRow, runningSince: number | undefined, now: number): boolean => {
    const step = afterWaiting(monitor, now, runningSince)
    if (step.state === monitor) return false
    const run = step.change?.to === 'overrunning' ? oldest(monitor.id)?.id : undefined
    return monitors.setHealth(monitor, step, run ?? null)
  }
  return {
    expect: (expectations, now) =>
      changeMonitors(() => {
        const wanted = new Map(expectations.map(each => [JSON.stringify([each.monitorKey, each.env]), each]))
        rules.replace([...wanted.values()])
        const named = [...wanted.values()].filter(each => !isPattern(each))
        for (const { monitorKey, env } of named) {
          if (env !== undefined) monitors.getExpected(monitorKey, env, now)
        }
        for (const { monitorKey } of named) {
          if (!monitors.hasKey(monitorKey)) monitors.getExpected(monitorKey, '', now)
        }
        const rows = monitors.expected(named.length < wanted.size)
        const changes = rows.map(monitor => setRule(monitor, now))
        return { healthChanged: changes.includes(true) }
      }),

    judgeHealth: (now, afterId = 0) =>
      changeMonitors(() => {
        const judged = monitors.nextWithRule(afterId, MONITORS_A_STEP)
        let healthChanged = false
        let nextAt: number | undefined
        for (const { monitor, runningSince } of judged) {
          if (judge(monitor, runningSince, now)) healthChanged = true
          const next = nextJudgement(monitors.find(monitor.key, monitor.env) ?? monitor, runningSince, now)
          if (next !== undefined) nextAt = Math.min(nextAt ?? next, next)
        }
        const isLast = judged.length < MONITORS_A_STEP
        return { healthChanged, nextAt, next: isLast ? undefined : judged.at(-1)?.monitor.id }
      }),

    countFrom: now =>
      changeMonitors(() => {
        updateCount.run(now)
        monitors.reset()
      }),
  }
}

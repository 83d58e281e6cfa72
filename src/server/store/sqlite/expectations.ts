/** Sets the expectations of monitors, and marks overdue monitors as late. */

import { afterExpecting, afterWaiting, dueAt } from '../../monitors/health.ts'
import type { Expectation } from '../../monitors/monitors.ts'
import type { Rule } from '../../monitors/rule.ts'
import type { MonitorTable } from './monitor-table.ts'
import { inTransaction, type Sqlite } from './sqlite.ts'

/** Pending changes of the monitor table must be flushed before each call. */
export interface ExpectationWriter {
  /**
   * Replaces all expectations. For a monitor that had none, the time runs from `now`, in milliseconds since 1970. Of two
   * for the same monitor and environment, the last one applies.
   */
  readonly expect: (expectations: readonly Expectation[], now: number) => { readonly healthChanged: boolean }
  /** Examines some of the monitors, those with the next larger ids than `afterId` (default: 0). */
  readonly markLate: (now: number, afterId?: number) => MarkedLate
}

export interface MarkedLate {
  readonly healthChanged: boolean
  /** When the next of the examined monitors becomes late, unless it succeeds before. */
  readonly nextAt: number | undefined
  /** The `afterId` of the next call; undefined if all monitors were examined. */
  readonly next: number | undefined
}

/** Events are recorded between two calls of markLate(). */
const MONITORS_A_STEP = 500

export function createExpectationWriter(db: Sqlite, monitors: MonitorTable): ExpectationWriter {
  const removeRules = db.prepare('DELETE FROM expectation')
  const insertRule = db.prepare('INSERT INTO expectation (monitor_key, env, every_ms) VALUES (?, ?, ?)')
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
  const replaceRules = (rules: readonly Expectation[]) => {
    removeRules.run()
    for (const { monitorKey, env, rule } of rules) {
      insertRule.run(monitorKey, env ?? null, everyMsOf(rule))
    }
  }
  return {
    expect: (expectations, now) =>
      changeMonitors(() => {
        const wanted = new Map(expectations.map(each => [ruleName(each.monitorKey, each.env), each]))
        replaceRules([...wanted.values()])
        for (const { monitorKey, env } of wanted.values()) {
          if (env !== undefined) monitors.getExpected(monitorKey, env, now)
        }
        for (const { monitorKey } of wanted.values()) {
          if (!monitors.hasKey(monitorKey)) monitors.getExpected(monitorKey, '', now)
        }
        const changes = monitors.withExpectation().map(monitor => {
          const rule = wanted.get(ruleName(monitor.key, monitor.env)) ?? wanted.get(ruleName(monitor.key))
          const everyMs = rule === undefined ? null : everyMsOf(rule.rule)
          return monitors.setHealth(monitor, afterExpecting(monitor, everyMs, now), null)
        })
        return { healthChanged: changes.includes(true) }
      }),

    markLate: (now, afterId = 0) =>
      changeMonitors(() => {
        const { rows, lastId } = monitors.nextWithExpectation(afterId, MONITORS_A_STEP)
        let healthChanged = false
        let nextAt: number | undefined
        for (const monitor of rows.filter(({ isLate }) => !isLate)) {
          const step = afterWaiting(monitor, now)
          if (step.state !== monitor && monitors.setHealth(monitor, step, null)) healthChanged = true
          if (!step.state.isLate) {
            nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, (dueAt(step.state) ?? 0) + 1)
          }
        }
        return { healthChanged, nextAt, next: lastId }
      }),
  }
}

function everyMsOf({ schedule }: Rule): number {
  if (schedule?.kind !== 'every') throw new Error('only rules of the kind `every` are supported')
  return Math.round(schedule.everyMs)
}

/** One without an environment is for all environments of the monitor that have none of their own. */
function ruleName(monitorKey: string, env?: string): string {
  return env === undefined ? monitorKey : `${monitorKey}\0${env}`
}

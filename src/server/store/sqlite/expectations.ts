/** Sets the expectations of monitors, and marks overdue monitors as late. */

import { afterExpecting, afterWaiting, dueAt } from '../../monitors/health.ts'
import type { Expectation } from '../../monitors/monitors.ts'
import type { MonitorTable } from './monitor-table.ts'
import { inTransaction, type Sqlite } from './sqlite.ts'

/** Pending changes of the monitor table must be flushed before each call. */
export interface ExpectationWriter {
  /** Replaces all expectations. For a monitor that had none, the time runs from `now`, in milliseconds since 1970. */
  readonly expect: (expectations: readonly Expectation[], now: number) => { readonly healthChanged: boolean }
  /** `nextAt`: when the next monitor becomes late, unless it succeeds before. */
  readonly markLate: (now: number) => { readonly healthChanged: boolean; readonly nextAt: number | undefined }
}

export function createExpectationWriter(db: Sqlite, monitors: MonitorTable): ExpectationWriter {
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
  return {
    expect: (expectations, now) =>
      changeMonitors(() => {
        const wanted = new Map(
          expectations.map(({ monitorKey, everyMs }) => [monitorKey, Math.round(everyMs)]),
        )
        const removed = monitors.withExpectation().filter(({ key }) => !wanted.has(key))
        const expected = [...wanted.keys()].map(monitors.get)
        const changes = [...removed, ...expected].map(monitor =>
          monitors.setHealth(monitor, afterExpecting(monitor, wanted.get(monitor.key) ?? null, now), null),
        )
        return { healthChanged: changes.includes(true) }
      }),

    markLate: now =>
      changeMonitors(() => {
        let healthChanged = false
        let nextAt: number | undefined
        for (const monitor of monitors.withExpectation().filter(({ isLate }) => !isLate)) {
          const step = afterWaiting(monitor, now)
          if (step.state.isLate) {
            if (monitors.setHealth(monitor, step, null)) healthChanged = true
          } else {
            nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, (dueAt(monitor) ?? 0) + 1)
          }
        }
        return { healthChanged, nextAt }
      }),
  }
}

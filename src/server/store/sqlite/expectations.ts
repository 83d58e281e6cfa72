/** What is expected of monitors, and which of them are late. */

import { afterExpecting, afterWaiting, dueAt } from '../../monitors/health.ts'
import type { Expectation } from '../../monitors/monitors.ts'
import type { MonitorTable } from './monitor-table.ts'
import { inTransaction, type Sqlite } from './sqlite.ts'

export interface Expecting {
  /** Replaces what was expected; `now` is from when on it is, of those of which nothing was. */
  readonly expect: (expectations: readonly Expectation[], now: number) => { readonly healthChanged: boolean }
  readonly markLate: (now: number) => { readonly healthChanged: boolean; readonly nextAt: number | undefined }
}

export function expecting(db: Sqlite, monitors: MonitorTable): Expecting {
  const whole = <Result>(work: () => Result): Result => {
    try {
      return inTransaction(db, () => {
        const result = work()
        monitors.flush()
        return result
      })
    } catch (error) {
      monitors.forget()
      throw error
    }
  }
  return {
    expect: (expectations, now) =>
      whole(() => {
        const wanted = new Map(
          expectations.map(({ monitorKey, everyMs }) => [monitorKey, Math.round(everyMs)]),
        )
        const before = monitors.expected().filter(({ key }) => !wanted.has(key))
        const after = [...wanted.keys()].map(monitors.of)
        const changes = [...before, ...after].map(monitor =>
          monitors.setHealth(monitor, afterExpecting(monitor, wanted.get(monitor.key) ?? null, now), null),
        )
        return { healthChanged: changes.includes(true) }
      }),

    markLate: now =>
      whole(() => {
        const expected = monitors.expected().filter(({ isLate }) => !isLate)
        let healthChanged = false
        let nextAt: number | undefined
        for (const monitor of expected) {
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

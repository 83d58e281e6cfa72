/** The courier: a background process that delivers the events of the spool. src/report/start-courier.ts starts it. */

import { acquireLock, adoptLock } from '../../system/lock.ts'
import { isInScope } from '../delivery-scope.ts'
import { drain } from '../drain/drain.ts'
import type { DrainTools } from '../drain/drain-tools.ts'
import { enforceLimits } from '../enforce-limits.ts'
import { oldestEvents } from '../list-events.ts'
import { recoverKilledRuns } from '../recovery.ts'
import { deliveryLockPath } from '../spool.ts'

/** How long a courier runs at most, in milliseconds. The next run delivers the rest. */
export const COURIER_LIFETIME_MS = 15 * 60_000

/**
 * Delivers until no event is left or the signal aborts. Returns at once if another process delivers already. Rejects with the
 * system's error if the spool cannot be used.
 */
export async function deliverAsCourier(tools: DrainTools, signal: AbortSignal): Promise<void> {
  const { spool, key } = tools
  const path = deliveryLockPath(spool, key)
  let lock = adoptLock(path)
  for (;;) {
    if (lock === undefined) {
      const acquired = acquireLock(path, 'courier', spool.place)
      if (acquired.kind === 'busy') return
      lock = acquired.lock
    }
    let cannotGoOn = false
    try {
      await recoverKilledRuns(spool)
      await enforceLimits(spool, { isOver: () => signal.aborted })
      await drain(
        {
          ...tools,
          report(what) {
            cannotGoOn ||= ['failed', 'newer', 'unreadable'].includes(what.kind)
            tools.report(what)
          },
        },
        signal,
      )
    } finally {
      lock.release()
    }
    // A wrapper may have put an event just now, and started no courier because it saw this lock.
    const left = await oldestEvents(spool, 'queue', name => isInScope(name, tools), 1)
    if (signal.aborted || cannotGoOn || left.length === 0) return
    lock = undefined
  }
}

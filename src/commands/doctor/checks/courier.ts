/** Whether a process delivers what waits in the spool. */

import type { LockHolder } from '../../../system/lock.ts'
import { type CheckResult, fine, warning } from '../check-result.ts'

export interface CourierFacts {
  /** The process that delivers now. */
  readonly holder: Pick<LockHolder, 'role' | 'pid'> | undefined
  /** The number of events that it would deliver. */
  readonly waiting: number
  /** False with --no-courier. */
  readonly isAllowed: boolean
}

export function checkCourier({ holder, waiting, isAllowed }: CourierFacts): CheckResult {
  if (holder !== undefined) {
    const { role, pid } = holder
    return fine('courier', `process ${pid} delivers (${role})`, { pid, role })
  }
  if (waiting === 0) return fine('courier', 'none runs, and none is needed')
  const message = isAllowed ? 'none runs' : 'none runs, because of --no-courier'
  return warning(
    'courier',
    `${message}: the next run delivers what waits`,
    'cronitor spool flush does so now',
  )
}

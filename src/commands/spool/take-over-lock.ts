/** Takes over the delivery from another process, for `cronitor spool flush`. */

import type { DeliveryScope } from '../../spool/delivery-scope.ts'
import { deliveryLockPath, type Spool } from '../../spool/spool.ts'
import { monotonicMs } from '../../system/clock.ts'
import { acquireLock, type Lock, type LockHolder } from '../../system/lock.ts'
import { isAlive, isSamePlace } from '../../system/process-id.ts'
import { sleep } from '../../system/sleep.ts'

/** How long to wait for the other process, in milliseconds. A courier first ends its requests. */
const TIMEOUT_MS = 15_000

const POLL_MS = 50

export type TakenOver =
  | { readonly kind: 'held'; readonly lock: Lock; readonly hasStoppedCourier: boolean }
  /** `holder` is for the end of a sentence: `: courier, process 42`. */
  | { readonly kind: 'busy'; readonly holder: string }

/**
 * Asks a courier to end, because it may be in the middle of a back-off. Waits for a wrapper, which ends soon by itself.
 */
export async function takeOverDeliveryLock({
  spool,
  key,
}: DeliveryScope & { readonly spool: Spool }): Promise<TakenOver> {
  const path = deliveryLockPath(spool, key)
  const asked = new Set<string>()
  const end = monotonicMs() + TIMEOUT_MS
  for (;;) {
    const acquired = acquireLock(path, 'flush', spool.place)
    if (acquired.kind === 'held')
      return { kind: 'held', lock: acquired.lock, hasStoppedCourier: asked.size > 0 }
    const { holder } = acquired
    if (holder?.role === 'flush' || holder?.role === 'relay' || monotonicMs() > end)
      return { kind: 'busy', holder: holder === undefined ? '' : `: ${holder.role}, process ${holder.pid}` }
    // Only couriers: a wrapper would pass the signal on to its job.
    if (holder?.role === 'courier' && !asked.has(holder.nonce) && isSamePlace(holder, spool.place)) {
      asked.add(holder.nonce)
      askToLeave(holder)
    }
    await sleep(POLL_MS, new AbortController().signal)
  }
}

function askToLeave(holder: LockHolder): void {
  if (!isAlive(holder)) return
  try {
    process.kill(holder.pid, 'SIGTERM')
  } catch {
    // It has just ended, or belongs to root.
  }
}

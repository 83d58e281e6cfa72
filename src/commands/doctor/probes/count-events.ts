/** Counts the events in the spool by their file names. */

import {
  type DeliveryScope,
  type KeyFingerprint,
  needsConfiguredAddress,
} from '../../../spool/delivery-scope.ts'
import { listEvents } from '../../../spool/list-events.ts'
import type { Spool } from '../../../spool/spool.ts'

export interface WaitingEvents {
  /** Events that can be sent now. */
  readonly own: number
  /** When the oldest of these happened, in milliseconds since 1970. */
  readonly oldest: number | undefined
  readonly otherKeys: ReadonlyMap<KeyFingerprint, number>
  /** Events that wait for a configured address, while none is set. */
  readonly elsewhere: number
  /** False if there was no time to count all. */
  readonly isComplete: boolean
}

/** @param isOver returns true once there is no more time */
export async function countWaiting(
  spool: Spool,
  scope: DeliveryScope,
  isOver: () => boolean,
): Promise<WaitingEvents> {
  let own = 0
  let elsewhere = 0
  let oldest: number | undefined
  let isComplete = true
  const otherKeys = new Map<KeyFingerprint, number>()
  for await (const name of listEvents(spool, 'queue')) {
    if (name.key !== scope.key) otherKeys.set(name.key, (otherKeys.get(name.key) ?? 0) + 1)
    else if (needsConfiguredAddress(name, scope.address)) elsewhere += 1
    else {
      own += 1
      oldest = Math.min(oldest ?? name.order, name.order)
    }
    if (isOver()) {
      isComplete = false
      break
    }
  }
  return { own, oldest, otherKeys, elsewhere, isComplete }
}

export async function countRejected(spool: Spool, isOver: () => boolean): Promise<number> {
  let count = 0
  for await (const _ of listEvents(spool, 'rejected')) {
    count += 1
    if (isOver()) break
  }
  return count
}

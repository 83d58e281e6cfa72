/** The checks of the spool. */

import { deliveryScopeOf } from '../../report/destination.ts'
import type { Settings } from '../../settings/settings.ts'
import { openSpool } from '../../spool/open.ts'
import { deliveryLockPath, type Spool } from '../../spool/spool.ts'
import { whileAnswering } from '../../system/hung-file-system.ts'
import { lockHolder } from '../../system/lock.ts'
import type { CourierFacts } from './checks/courier.ts'
import { countRejected, countWaiting, type WaitingEvents } from './probes/count-events.ts'
import { type SpoolRoom, spoolRoom } from './probes/spool-room.ts'

export interface ExaminedSpool {
  /** True if the file system does not answer. */
  readonly isHung: boolean
  readonly room: SpoolRoom
  /** Undefined if the spool cannot be read. */
  readonly events:
    | { readonly waiting: WaitingEvents; readonly rejected: number; readonly holder: CourierFacts['holder'] }
    | undefined
}

/** Resolves within `timeoutMs`, whatever the file system does. */
export async function examineSpool(settings: Settings, timeoutMs: number): Promise<ExaminedSpool> {
  const late = {
    room: { kind: 'unusable', problem: `${settings.spoolDir ?? ''}: the file system does not answer` },
  } as const
  const opened = await whileAnswering(openSpool(settings), timeoutMs)
  if (opened === undefined) return { ...late, isHung: true, events: undefined }
  if (opened.kind !== 'open') return { room: opened, isHung: false, events: undefined }
  const { spool } = opened
  const room = await whileAnswering(spoolRoom(spool), timeoutMs / 2)
  if (room === undefined) return { ...late, isHung: true, events: undefined }
  const events = await eventsIn(spool, settings, timeoutMs / 2).catch(() => undefined)
  return { room, isHung: false, events }
}

async function eventsIn(
  spool: Spool,
  settings: Settings,
  timeoutMs: number,
): Promise<ExaminedSpool['events']> {
  const scope = deliveryScopeOf(settings)
  const over = AbortSignal.timeout(timeoutMs)
  const isOver = () => over.aborted
  const counted = Promise.all([countWaiting(spool, scope, isOver), countRejected(spool, isOver)])
  const counts = await whileAnswering(counted, timeoutMs)
  if (counts === undefined) return undefined
  const [waiting, rejected] = counts
  return { waiting, rejected, holder: lockHolder(deliveryLockPath(spool, scope.key), spool.place) }
}

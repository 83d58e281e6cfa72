/**
 * Enforces the limits of a spool: drops events that are older than its maximum age, and the oldest ones beyond its maximum size.
 * The default limits are in settings/defaults.ts.
 */

import { bootTime } from '../system/boot-clock.ts'
import { removeEvent, rewriteEvent } from './change-event.ts'
import { byAge, type EventFileName } from './event-file-name.ts'
import { type EventFolder, listEvents } from './list-events.ts'
import { readEvent } from './read-event.ts'
import { removeIfUnfinished, removeOldDamaged, removeUnfinishedIn } from './remove-leftovers.ts'
import type { Spool } from './spool.ts'
import { isExpired } from './spooled-event.ts'

export interface DroppedCounts {
  tooOld: number
  /** Events that were dropped because of the size. */
  tooMany: number
}

export interface Dropping {
  /** True once there is no more time: the next call does the rest. */
  readonly isOver?: () => boolean
  /** No event is dropped after it aborts. */
  readonly signal?: AbortSignal
  /** Counts each event when its removal begins, for a caller that does not wait for the end. */
  readonly dropped?: DroppedCounts
}

const FOLDERS: readonly EventFolder[] = ['queue', 'rejected']

/** File systems store a file in whole blocks, most of them of this size, in bytes. */
const BLOCK_BYTES = 4096

/** At most this many names are in memory: there may be a million. */
const BATCH_SIZE = 5000

/**
 * Even if `isOver` is true, at least this many events are dropped. Otherwise reading the names could take all of the
 * time, in every call.
 */
const MIN_DROPPED = 1000

/**
 * Even if `isOver` is true, at least this many names are read, unless the events that were read exceed the maximum
 * size.
 */
const MIN_READ = 20_000

type Placed = EventFileName & { readonly folder: EventFolder }

/**
 * Drops events above the spool's limits. Waiting and refused events count together; each file counts with the disk
 * blocks that it takes, by the size in its name. Also removes old files that are not events.
 *
 * @throws the system's error if the spool cannot be read or written
 */
export async function enforceLimits(
  spool: Spool,
  { isOver = () => false, signal, dropped = { tooOld: 0, tooMany: 0 } }: Dropping = {},
): Promise<Readonly<DroppedCounts>> {
  await removeUnfinishedIn(spool, 'runs')
  await removeOldDamaged(spool)
  const isEnough = (): boolean =>
    signal?.aborted === true || (dropped.tooOld + dropped.tooMany >= MIN_DROPPED && isOver())
  for (;;) {
    const survey = await surveyEvents(spool, isOver)
    let { bytes } = survey
    const removed = new Set<string>()
    for (const [index, name] of survey.old.entries()) {
      if (signal?.aborted || (index >= MIN_DROPPED && isOver())) break
      const drop = () => counted(dropped, 'tooOld', () => removeEvent(spool, name.folder, name))
      if (!(await dropIfExpired(spool, name, drop))) continue
      bytes -= diskBytes(name)
      removed.add(name.file)
    }
    for (const name of survey.oldest) {
      if (bytes <= spool.maxBytes || isEnough()) break
      if (removed.has(name.file)) continue
      await counted(dropped, 'tooMany', () => removeEvent(spool, name.folder, name))
      bytes -= diskBytes(name)
    }
    if (bytes <= spool.maxBytes || survey.oldest.length === 0 || isEnough() || isOver()) return dropped
  }
}

async function counted(
  counts: DroppedCounts,
  reason: keyof DroppedCounts,
  remove: () => Promise<boolean>,
): Promise<boolean> {
  let isRemoved = false
  counts[reason] += 1
  try {
    isRemoved = await remove()
    return isRemoved
  } finally {
    if (!isRemoved) counts[reason] -= 1
  }
}

interface Survey {
  /** What all files take on the disk. */
  readonly bytes: number
  /** Oldest first, at most `BATCH_SIZE`. */
  readonly oldest: readonly Placed[]
  /** Too old by the times in their names, which come from the wall clock; at most `BATCH_SIZE`. */
  readonly old: readonly Placed[]
}

/** Reads the names in both folders. */
async function surveyEvents(spool: Spool, isOver: () => boolean): Promise<Survey> {
  const oldestToKeep = spool.wallClock() - spool.maxAgeMs
  const old: Placed[] = []
  let oldest: Placed[] = []
  /** Names after this one are not among the oldest. */
  let latest: string | undefined
  let bytes = 0
  let count = 0
  for (const folder of FOLDERS) {
    for await (const name of listEvents(spool, folder, file => removeIfUnfinished(spool, folder, file))) {
      count += 1
      bytes += diskBytes(name)
      if (latest === undefined || name.file < latest) oldest.push({ ...name, folder })
      if (oldest.length >= 2 * BATCH_SIZE) {
        oldest = oldest.sort(byAge).slice(0, BATCH_SIZE)
        latest = oldest.at(-1)?.file
      }
      if (name.order < oldestToKeep && old.length < BATCH_SIZE) old.push({ ...name, folder })
      // In a very large spool, the oldest of the events that were read are dropped.
      const isMuch = bytes > spool.maxBytes || count >= MIN_READ
      if (count % 1000 === 0 && isMuch && isOver()) break
    }
  }
  return { bytes, oldest: oldest.sort(byAge).slice(0, BATCH_SIZE), old }
}

function diskBytes({ bytes }: EventFileName): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES
}

/** A refused event of an earlier boot is not removed when it is seen for the first time in this boot. */
async function dropIfExpired(spool: Spool, name: Placed, drop: () => Promise<boolean>): Promise<boolean> {
  const content = await readEvent(spool, name.folder, name)
  if (content?.kind !== 'event') return false
  const { spooled } = content
  if (isExpired(spool, spooled)) return drop()
  const now = bootTime(spool)
  if (name.folder === 'rejected' && now !== undefined && spooled.offered?.boot !== now.boot)
    await rewriteEvent(spool, name, { ...spooled, offered: now }, name.folder)
  return false
}

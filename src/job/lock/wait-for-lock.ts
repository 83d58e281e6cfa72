/** Waits for a lock, behind the runs that have waited for longer. */

import { entryName, entryState, readLockEntries, removeEntries } from './lock-entries.ts'
import { type LockRequest, type LockTry, tryLock } from './try-lock.ts'

export interface WaitTools {
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** May end early if `isStopped`. */
  readonly sleep: (ms: number) => Promise<void>
  /** At least 0, less than 1. */
  readonly random: () => number
  /** True once a signal has ended the wait. */
  readonly isStopped: () => boolean
}

export type LockResult =
  | { readonly kind: 'held' }
  /** `rivals` are the IDs of the runs that hold the lock, or have precedence. */
  | { readonly kind: 'busy'; readonly rivals: readonly string[] }
  | { readonly kind: 'stopped' }

/** How long to wait in any case for runs that are just trying to take the lock, in milliseconds. */
const CONTENTION_MS = 2000
const CONTENTION_POLL_MS = 5

/**
 * @param waitMs 0: does not wait for holders
 * @throws the system's error if an entry cannot be added
 */
export async function waitForLock(
  request: LockRequest,
  waitMs: number,
  tools: WaitTools,
): Promise<LockResult> {
  const { folder, lock, id, self } = request
  const start = tools.now()
  let result: LockTry | undefined
  let isWaiting = false
  try {
    for (;;) {
      if (tools.isStopped()) return { kind: 'stopped' }
      const waitedMs = tools.now() - start
      const isLast = waitedMs >= waitMs
      const place = isWaiting && !isLast ? await placeInQueue(request) : 0
      result = place === 0 ? await tryLock(request, tools.sleep) : undefined
      if (result?.kind === 'held') {
        await removeDeadWaiters(request)
        return result
      }
      const isContended = result?.kind === 'contended'
      if (result && isLast && (!isContended || waitedMs >= CONTENTION_MS))
        return { kind: 'busy', rivals: result.rivals }
      if (!isWaiting && !isLast) {
        await folder.add(entryName(lock, id, 'wait'), self)
        isWaiting = true
      }
      const pauseMs = isContended ? CONTENTION_POLL_MS : pollMs(place, waitedMs)
      const spreadMs = pauseMs * (0.75 + tools.random() / 2)
      await tools.sleep(isLast ? spreadMs : Math.min(spreadMs, waitMs - waitedMs))
    }
  } finally {
    if (result?.kind === 'held') await folder.remove(entryName(lock, id, 'wait'))
    else await removeEntries(folder, lock, id)
  }
}

/** 0 if it is this run's turn as soon as the lock is free; otherwise the number of runs that were there before. */
async function placeInQueue({ folder, lock, id, slots }: LockRequest): Promise<number> {
  const { contenders, waiting } = await readLockEntries(folder, lock, id)
  const before = waiting.filter(each => each < id)
  const free = slots - contenders.filter(({ isHolder }) => isHolder).length
  if (free <= 0) return before.length
  let alive = 0
  for (const each of before) {
    const name = entryName(lock, each, 'wait')
    const state = await entryState(folder, name)
    if (state === 'dead') await folder.remove(name)
    if (state === 'alive') alive += 1
    if (alive >= free) return before.length
  }
  return 0
}

/** Runs that do not wait would never find them. */
async function removeDeadWaiters({ folder, lock, id }: LockRequest): Promise<void> {
  const { waiting } = await readLockEntries(folder, lock, id)
  for (const each of waiting) {
    const name = entryName(lock, each, 'wait')
    if ((await entryState(folder, name)) === 'dead') await folder.remove(name)
  }
}

const FIRST_POLL_MS = 25
const LONG_WAIT_POLL_MS = 100
const LAST_IN_QUEUE_POLL_MS = 500

/** A look at the entries takes a tenth of a millisecond. The next run in the queue looks most often. */
export function pollMs(place: number, waitedMs: number): number {
  const first = Math.min(FIRST_POLL_MS + waitedMs / 100, LONG_WAIT_POLL_MS)
  return Math.min(first * (1 + place / 2), LAST_IN_QUEUE_POLL_MS)
}

/**
 * Takes a lock if fewer runs hold it than may.
 *
 * A run first adds its entry, then looks at the others, and takes the lock only if it sees fewer than `slots` of them.
 * Of more runs than slots, the one that has added its entry last sees all others, since they exist before it looks. So
 * there are never more holders than slots, in whatever order the steps of several runs happen, and wherever one of them
 * is killed. Entries are never renamed: a list of a folder that changes meanwhile has all names that stay (POSIX,
 * readdir).
 */

import { type EntryFolder, entryName, readLockEntries } from './lock-entries.ts'
import type { LockRecord } from './lock-record.ts'

export interface LockRequest {
  readonly folder: EntryFolder
  /** The first part of the entries' names. */
  readonly lock: string
  /** Unique. Of two runs that try at the same time, the lower one has precedence. */
  readonly id: string
  readonly self: LockRecord
  /** How many runs may hold the lock. */
  readonly slots: number
}

export type LockTry =
  | { readonly kind: 'held' }
  /** `rivals` are the IDs of the runs that hold the lock, the oldest first. */
  | { readonly kind: 'busy'; readonly rivals: readonly string[] }
  /** `rivals` try to take the lock, and have precedence. They hold it in a moment, or are gone. */
  | { readonly kind: 'contended'; readonly rivals: readonly string[] }

/** How long to wait for others to see this run's entry, in milliseconds. */
const LOOK_AGAIN_MS = 2
/** A run that was stopped while it tries would be waited for forever. */
const LOOKS = 250

/** Leaves no entry of the kind `try` unless the lock is held. */
export async function tryLock(request: LockRequest, sleep: (ms: number) => Promise<void>): Promise<LockTry> {
  const { folder, lock, id, self, slots } = request
  // Without an entry at first, so that runs that come later do not hinder those before them.
  const seen = await refusal(request)
  if (seen.refused !== undefined) return seen.refused
  await folder.add(entryName(lock, id, 'try'), self)
  let isHeld = false
  try {
    for (let look = 0; look < LOOKS; look += 1) {
      const { refused, others } = await refusal(request)
      if (refused !== undefined) return refused
      if (others.length < slots) {
        await folder.add(entryName(lock, id, 'held'), self)
        isHeld = true
        return { kind: 'held' }
      }
      // The runs without precedence withdraw as soon as they see this run's entry.
      await sleep(LOOK_AGAIN_MS)
    }
    return { kind: 'contended', rivals: (await refusal(request)).others }
  } finally {
    if (!isHeld) await folder.remove(entryName(lock, id, 'try'))
  }
}

async function refusal({ folder, lock, id, slots }: LockRequest): Promise<{
  readonly refused?: LockTry
  /** Of all that hold the lock or try to. */
  readonly others: readonly string[]
}> {
  const { contenders } = await readLockEntries(folder, lock, id)
  const others = contenders.map(each => each.id)
  const holders = contenders.filter(({ isHolder }) => isHolder).map(each => each.id)
  if (holders.length >= slots) return { refused: { kind: 'busy', rivals: holders }, others }
  const before = contenders.filter(each => each.isHolder || each.id < id)
  if (before.length < slots) return { others }
  return { refused: { kind: 'contended', rivals: before.map(each => each.id) }, others }
}

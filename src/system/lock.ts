/**
 * A lock that one process can hold at a time. It is free again once the holder has ended, in whatever way.
 *
 * Node.js has no flock(2), so the lock is a symbolic link whose target names the holder: symlink(2) creates it together
 * with its content. The kernel says whether the holder is alive, so that a slow process does not lose the lock to a
 * time-out. Libraries for locks compare the age of a file; with them, a stopped process loses its lock.
 */

import { lstatSync, lutimesSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from './errors.ts'
import { makeFolders } from './make-folders.ts'
import { isAlive, isSamePlace, type Place, type ProcessId, processId, uniqueWord } from './process-id.ts'

/** `starting` is a wrapper that starts a courier and hands the lock over to it. `relay` is a server, which keeps it. */
export type LockRole = 'courier' | 'starting' | 'flush' | 'run' | 'ping' | 'recovery' | 'relay'

export interface LockHolder extends Place, ProcessId {
  readonly role: LockRole
  /** Unique to each acquisition of the lock. */
  readonly nonce: string
}

export interface Lock {
  /** Hands the lock over to a living process of the same place. The lock is never free in between. */
  handOver(to: ProcessId, role: LockRole): void
  release(): void
}

export type Acquired =
  | { readonly kind: 'held'; readonly lock: Lock }
  | { readonly kind: 'busy'; readonly holder: LockHolder | undefined }

/**
 * The interval at which a holder updates the lock's time, in milliseconds. Processes that cannot ask the kernel read
 * it.
 */
const TOUCH_MS = 60_000

/** A holder on another machine or in another container counts as gone if the lock's time is older than this. */
const ELSEWHERE_MS = 10 * TOUCH_MS

/** Does not wait. Creates the folder if it is missing. @throws the system's error if the folder cannot be written to */
export function acquireLock(path: string, role: LockRole, place: Place): Acquired {
  const self = processId(process.pid) ?? { pid: process.pid, start: '' }
  const holder: LockHolder = { ...place, ...self, role, nonce: uniqueWord() }
  // Several attempts: one may only create the folder or remove a dead holder's lock, and then another process may be
  // faster.
  for (let turn = 0; turn < 3; turn++) {
    try {
      symlinkSync(asText(holder), path)
      return { kind: 'held', lock: heldLock(path, holder) }
    } catch (error) {
      if (errorCode(error) === 'ENOENT') {
        makeFolders(dirname(path))
        continue
      }
      if (errorCode(error) !== 'EEXIST') throw error
    }
    const other = readHolder(path)
    if (other === 'free') continue
    if (other === undefined) {
      // The lock has an unknown format. A recent one may come from a newer version of this program.
      if (isFresh(path)) return { kind: 'busy', holder: undefined }
      unlinkSync(path)
      continue
    }
    if (isHeldBy(path, other, place)) return { kind: 'busy', holder: other }
    if (!takeAway(path, other, role, place)) return { kind: 'busy', holder: other }
  }
  return { kind: 'busy', holder: undefined }
}

/** The process that holds a lock now, without touching the lock; undefined if none does, or if it is not known which. */
export function lockHolder(path: string, place: Place): LockHolder | undefined {
  const holder = readHolder(path)
  return holder !== 'free' && holder !== undefined && isHeldBy(path, holder, place) ? holder : undefined
}

/** The lock that another process has handed over to this one; undefined if none has. */
export function adoptLock(path: string): Lock | undefined {
  const holder = readHolder(path)
  if (holder === 'free' || holder?.pid !== process.pid || !isAlive(holder)) return undefined
  return heldLock(path, holder)
}

/**
 * Removes the lock of a dead holder. A second lock guards this: otherwise, two processes could find the holder dead,
 * and the slower one would remove the lock that a third has acquired meanwhile.
 */
function takeAway(path: string, dead: LockHolder, role: LockRole, place: Place): boolean {
  const guard = acquireLock(`${path}~`, role, place)
  if (guard.kind === 'busy') return false
  try {
    const now = readHolder(path)
    if (now !== 'free' && now?.nonce === dead.nonce) unlinkSync(path)
    return true
  } finally {
    guard.lock.release()
  }
}

function heldLock(path: string, holder: LockHolder): Lock {
  let current = holder
  const touch = setInterval(() => {
    try {
      lutimesSync(path, new Date(), new Date())
    } catch {
      // The time is only for other machines and containers: processes of the same place ask the kernel.
    }
  }, TOUCH_MS)
  touch.unref()
  return {
    handOver(to, role) {
      clearInterval(touch)
      current = { ...current, ...to, role, nonce: uniqueWord() }
      const temporary = `${path}.${current.nonce}`
      symlinkSync(asText(current), temporary)
      renameSync(temporary, path)
    },
    release() {
      clearInterval(touch)
      try {
        const now = readHolder(path)
        if (now !== 'free' && now?.nonce === current.nonce) unlinkSync(path)
      } catch {
        // The folder is gone or no longer writable. The next process removes the lock, since its holder is dead then.
      }
    },
  }
}

function isHeldBy(path: string, holder: LockHolder, place: Place): boolean {
  if (isSamePlace(holder, place)) return isAlive(holder)
  // The lock is from an earlier boot of this machine, so its holder is gone.
  if (holder.machine === place.machine && holder.namespace === place.namespace) return false
  return isFresh(path)
}

function isFresh(path: string): boolean {
  try {
    return Date.now() - lstatSync(path).mtimeMs < ELSEWHERE_MS
  } catch {
    return false
  }
}

/** Undefined if the path exists but does not name a holder. */
function readHolder(path: string): LockHolder | 'free' | undefined {
  let text: string
  try {
    text = readlinkSync(path)
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'free' : undefined
  }
  const [role = '', pid = '', start = '', boot = '', namespace = '', nonce = '', ...machine] = text.split(' ')
  if (!isRole(role) || !/^\d+$/.test(pid) || nonce === '') return undefined
  return { role, pid: Number(pid), start, boot, namespace, nonce, machine: machine.join(' ') }
}

function asText({ role, pid, start, boot, namespace, nonce, machine }: LockHolder): string {
  return [role, pid, start, boot, namespace, nonce, machine].join(' ')
}

const ROLES: ReadonlySet<string> = new Set<LockRole>([
  'courier',
  'starting',
  'flush',
  'run',
  'ping',
  'recovery',
  'relay',
])

function isRole(text: string): text is LockRole {
  return ROLES.has(text)
}

/**
 * A lock that one process has at a time, and that is free again once its holder is gone, however it ended.
 *
 * Node.js has no flock(2). The lock is a symbolic link whose target names the holder: it comes into being at once and
 * with its content (symlink(2)), and whether the holder lives can be asked of the kernel, so that no time-out takes it
 * from a process that is merely slow. Libraries for this go by the age of a file, which a stopped process loses.
 */

import { lstatSync, lutimesSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from './errors.ts'
import { makeFolders } from './make-folders.ts'
import { isAlive, isSamePlace, type Place, type ProcessId, processId, uniqueWord } from './process-id.ts'

/** `starting` is a wrapper that starts a courier, and hands the lock over to it. `relay` is a server, which stays. */
export type LockRole = 'courier' | 'starting' | 'flush' | 'run' | 'ping' | 'recovery' | 'relay'

export interface LockHolder extends Place, ProcessId {
  readonly role: LockRole
  /** Tells one taking of the lock from each other. */
  readonly nonce: string
}

export interface Lock {
  /** Gives it to another process of this place, which is alive, without its ever being free. */
  handOver(to: ProcessId, role: LockRole): void
  release(): void
}

export type Acquired =
  | { readonly kind: 'held'; readonly lock: Lock }
  | { readonly kind: 'busy'; readonly holder: LockHolder | undefined }

/** How often a holder renews the lock's time, in milliseconds, for processes that cannot ask the kernel. */
const TOUCH_MS = 60_000

/** A holder on another machine or in another container that has not said so for this long is gone. */
const ELSEWHERE_MS = 10 * TOUCH_MS

/** Does not wait. Creates the folder if it is missing. @throws the system's error if it cannot be written to */
export function acquireLock(path: string, role: LockRole, place: Place): Acquired {
  const self = processId(process.pid) ?? { pid: process.pid, start: '' }
  const holder: LockHolder = { ...place, ...self, role, nonce: uniqueWord() }
  // More than one turn where a dead holder's lock is taken away, and somebody else is faster.
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
      // Nothing of ours, unless it is from a version that is yet to come.
      if (isFresh(path)) return { kind: 'busy', holder: undefined }
      unlinkSync(path)
      continue
    }
    if (isHeldBy(path, other, place)) return { kind: 'busy', holder: other }
    if (!takeAway(path, other, role, place)) return { kind: 'busy', holder: other }
  }
  return { kind: 'busy', holder: undefined }
}

/** The lock that another process has handed over to this one; undefined if it has not. */
export function adoptLock(path: string): Lock | undefined {
  const holder = readHolder(path)
  if (holder === 'free' || holder?.pid !== process.pid || !isAlive(holder)) return undefined
  return heldLock(path, holder)
}

/**
 * Takes a dead holder's lock away. Two that both found it dead must not both do so, since the second would take away
 * what a third has got meanwhile: it is done under a lock of its own.
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
      // It tells others that this process is alive; those of this place ask the kernel.
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
        // The folder is gone or can no longer be written to: a dead holder's lock is taken away by the next.
      }
    },
  }
}

function isHeldBy(path: string, holder: LockHolder, place: Place): boolean {
  if (isSamePlace(holder, place)) return isAlive(holder)
  // The same machine after a boot: nobody of before is left.
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

/** Undefined: there is something, and it does not name a holder. */
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

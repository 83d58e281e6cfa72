/** What stands where in a spool. */

import { join } from 'node:path'
import { errorCode } from '../system/errors.ts'
import { chmod, mkdir } from '../system/file-calls.ts'
import { makeFolders } from '../system/make-folders.ts'
import type { Place } from '../system/process-id.ts'
import type { KeyFingerprint } from './delivery-scope.ts'

/** A spool that is to be used: nobody but the effective user and root may be able to write there. */
export interface Spool {
  /** Absolute. It and the folders in it need not be there yet. */
  readonly folder: string
  /** What people call it, if `folder` is the descriptor that it is held by. */
  readonly displayPath?: string
  /** Events that are older, in milliseconds, are dropped. */
  readonly maxAgeMs: number
  /** All events together, in bytes; past that the oldest are dropped. */
  readonly maxBytes: number
  readonly place: Place
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** Milliseconds since the boot; the system's unless given. */
  readonly bootClock?: () => number
}

/**
 * - `queue`: events that wait to be delivered, a `.json` file each
 * - `rejected`: events that were refused, the same
 * - `runs`: records of runs under way; see run-record.ts
 * - `locks`: who delivers, for each key; what the API's limits ask of all
 * - `damaged`: files that could not be read, set aside; none of them ends in `.json`
 */
export type SpoolFolder = 'queue' | 'rejected' | 'runs' | 'locks' | 'damaged'

export function folderOf(spool: Spool, name: SpoolFolder): string {
  return join(spool.folder, name)
}

/** As warnings name it. */
export function displayPath({ folder, displayPath = folder }: Spool): string {
  return displayPath
}

/** Makes a folder of the spool, and those above it, with mode 0700 if it is missing. @throws the system's error */
export async function makeFolder(spool: Spool, name: SpoolFolder): Promise<string> {
  const folder = folderOf(spool, name)
  try {
    await mkdir(folder, { mode: 0o700 })
    // Whatever the umask is.
    await chmod(folder, 0o700)
  } catch (error) {
    // The file system has just answered: synchronous calls do not hang now.
    if (errorCode(error) === 'ENOENT') makeFolders(folder)
    else if (errorCode(error) !== 'EEXIST') throw error
  }
  return folder
}

/** Held by the one process that delivers the events of a key. */
export function deliveryLockPath(spool: Spool, key: KeyFingerprint): string {
  return join(spool.folder, 'locks', `deliver-${key}`)
}

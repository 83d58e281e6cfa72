/** A spool: its folder, and the folders in it. */

import { join } from 'node:path'
import { errorCode } from '../system/errors.ts'
import { chmod, mkdir } from '../system/file-calls.ts'
import { makeFolders } from '../system/make-folders.ts'
import type { Place } from '../system/process-id.ts'
import type { KeyFingerprint } from './delivery-scope.ts'

/** Only the effective user and root can write to it: see open.ts. */
export interface Spool {
  /** An absolute path. The folder and those in it may be missing. */
  readonly folder: string
  /** The folder's path for messages, if `folder` is a path to an open descriptor. */
  readonly displayPath?: string
  /** Older events are dropped: milliseconds. */
  readonly maxAgeMs: number
  /** Beyond this total size the oldest events are dropped: bytes. */
  readonly maxBytes: number
  readonly place: Place
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** Milliseconds since the boot; default: the system's clock. */
  readonly bootClock?: () => number
}

/**
 * - `queue`: events that wait to be delivered, a `.json` file each
 * - `rejected`: events that the API has refused, in the same form
 * - `runs`: records of runs under way, see run-record.ts
 * - `locks`: the delivery lock of each key, the shared rate limit, and notes about warnings that were given
 * - `damaged`: files that could not be parsed; their names do not end in `.json`
 */
export type SpoolFolder = 'queue' | 'rejected' | 'runs' | 'locks' | 'damaged'

export function folderOf(spool: Spool, name: SpoolFolder): string {
  return join(spool.folder, name)
}

/** The folder's path for messages. */
export function displayPath({ folder, displayPath = folder }: Spool): string {
  return displayPath
}

/** Makes a folder of the spool, and those above it, with mode 0700 if it is missing. @throws the system's error */
export async function makeFolder(spool: Spool, name: SpoolFolder): Promise<string> {
  const folder = folderOf(spool, name)
  try {
    await mkdir(folder, { mode: 0o700 })
    // The umask may have removed bits of the mode.
    await chmod(folder, 0o700)
  } catch (error) {
    // The file system has just answered: synchronous calls do not hang now.
    if (errorCode(error) === 'ENOENT') makeFolders(folder)
    else if (errorCode(error) !== 'EEXIST') throw error
  }
  return folder
}

/** The lock of the process that delivers the events of a key: one at a time. */
export function deliveryLockPath(spool: Spool, key: KeyFingerprint): string {
  return join(spool.folder, 'locks', `deliver-${key}`)
}

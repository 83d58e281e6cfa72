/** Writes files so that a file is either complete or missing, even after a crash. */

import { constants } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { msSinceBoot } from './boot-clock.ts'
import { errorCode } from './errors.ts'
import { access, chmod, close, fsync, open, rename, unlink, writeNew, writeNewSynced } from './file-calls.ts'
import { uniqueWord } from './process-id.ts'

/** The prefix of the names of unfinished files. These names never end in `.json`. */
export const UNFINISHED = '.unfinished-'

export interface WriteOptions {
  /** False: the file is not synced to the disk. The folder is only synced by `syncFolder`. */
  readonly isDurable?: boolean
  /** True: only replaces an existing file. If another process has removed it meanwhile, nothing is written. */
  readonly onlyOver?: boolean
}

/** When the write to this temporary name began, in milliseconds since a boot; undefined if the name does not say so. */
export function writtenAt(name: string): number | undefined {
  const [, ms] = /^\.unfinished-(\d{1,15})ms-/.exec(name) ?? []
  return ms === undefined ? undefined : Number(ms)
}

/**
 * Writes to a temporary name with mode 0600, and renames it. @throws the system's error; then it leaves nothing behind
 */
export async function writeWhole(
  path: string,
  text: string,
  { isDurable = true, onlyOver = false }: WriteOptions = {},
): Promise<void> {
  const name = `${UNFINISHED}${msSinceBoot()}ms-${uniqueWord()}-${basename(path, '.json')}`
  const temporary = join(dirname(path), name)
  try {
    await (isDurable ? writeNewSynced : writeNew)(temporary, text)
    if (masksOwner()) await chmod(temporary, 0o600)
    if (onlyOver) await access(path)
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
}

let umask: number | undefined

/**
 * True if the umask removes the owner's read or write permission. Read once, since each call takes two system calls.
 */
function masksOwner(): boolean {
  umask ??= process.umask()
  return (umask & 0o600) !== 0
}

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK

/**
 * Syncs a folder, so that its entries survive a power cut (fsync(2)). Some file systems do not support it; this is
 * ignored.
 */
export async function syncFolder(path: string): Promise<void> {
  let folder: number | undefined
  try {
    folder = await open(path, FOLDER_FLAGS)
    await fsync(folder)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EINVAL' || code === 'ENOTSUP') return
    throw error
  } finally {
    if (folder !== undefined) await close(folder)
  }
}

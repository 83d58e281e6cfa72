/** Writes files that are whole or not there, whatever happens meanwhile. */

import { constants } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { msSinceBoot } from './boot-clock.ts'
import { errorCode } from './errors.ts'
import { access, chmod, close, fsync, open, rename, unlink, writeFile } from './file-calls.ts'
import { uniqueWord } from './process-id.ts'

/** In front of the names of files that are not finished. None of them ends in `.json`. */
export const UNFINISHED = '.unfinished-'

export interface WriteOptions {
  /** False: not synced to the disk before it is renamed. The folder's own entry is for `syncFolder`. */
  readonly isDurable?: boolean
  /** A file that somebody has taken away meanwhile does not come back. */
  readonly onlyOver?: boolean
}

/** When the file of such a name was begun, in milliseconds since a boot; undefined if the name does not say so. */
export function writtenAt(name: string): number | undefined {
  const [, ms] = /^\.unfinished-(\d{1,15})ms-/.exec(name) ?? []
  return ms === undefined ? undefined : Number(ms)
}

/** Writes to a temporary name with mode 0600, and renames. @throws the system's error; nothing is left then */
export async function writeWhole(
  path: string,
  text: string,
  { isDurable = true, onlyOver = false }: WriteOptions = {},
): Promise<void> {
  const name = `${UNFINISHED}${msSinceBoot()}ms-${uniqueWord()}-${basename(path, '.json')}`
  const temporary = join(dirname(path), name)
  let file: number | undefined
  try {
    file = await open(temporary, 'wx', 0o600)
    if (masksOwner()) await chmod(temporary, 0o600)
    await writeFile(file, text)
    if (isDurable) await fsync(file)
    await close(file)
    file = undefined
    if (onlyOver) await access(path)
    await rename(temporary, path)
  } catch (error) {
    if (file !== undefined) await close(file).catch(() => {})
    await unlink(temporary).catch(() => {})
    throw error
  }
}

let umask: number | undefined

/** Does the umask take from new files what their owner needs? Asked once: to ask it anew for each file costs two system calls. */
function masksOwner(): boolean {
  umask ??= process.umask()
  return (umask & 0o600) !== 0
}

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK

/** Syncs a folder, so that names in it outlive a power cut (fsync(2)). Some file systems cannot; nothing more can be done then. */
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

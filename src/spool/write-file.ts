/** Writes files that are whole or not there, whatever happens meanwhile. */

import { basename, dirname, join } from 'node:path'
import { access, close, fsync, open, rename, unlink, writeFile } from './files.ts'
import { uniqueWord } from './process-id.ts'

/** In front of the names of files that are not finished. None of them ends in `.json`. */
export const UNFINISHED = '.unfinished-'

export interface WriteOptions {
  /** False: not synced to the disk before it is renamed. The folder's own entry is for `syncFolder`. */
  readonly isDurable?: boolean
  /** A file that somebody has taken away meanwhile does not come back. */
  readonly onlyOver?: boolean
}

/** Writes to a temporary name with mode 0600, and renames. @throws the system's error; nothing is left then */
export async function writeWhole(
  path: string,
  text: string,
  { isDurable = true, onlyOver = false }: WriteOptions = {},
): Promise<void> {
  const temporary = join(dirname(path), `${UNFINISHED}${uniqueWord()}-${basename(path, '.json')}`)
  let file: number | undefined
  try {
    file = await open(temporary, 'wx', 0o600)
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

/** Syncs a folder, so that names in it outlive a power cut (fsync(2)). Some file systems cannot; nothing more can be done then. */
export async function syncFolder(path: string): Promise<void> {
  let folder: number | undefined
  try {
    folder = await open(path, 'r')
    await fsync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'ENOTSUP'))
      return
    throw error
  } finally {
    if (folder !== undefined) await close(folder)
  }
}

/** Writes files that are whole or not there, whatever happens meanwhile. */

import { access, type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
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
  let file: FileHandle | undefined
  try {
    file = await open(temporary, 'wx', 0o600)
    await file.writeFile(text)
    if (isDurable) await file.sync()
    await file.close()
    file = undefined
    if (onlyOver) await access(path)
    await rename(temporary, path)
  } catch (error) {
    await file?.close().catch(() => {})
    await unlink(temporary).catch(() => {})
    throw error
  }
}

/** Syncs a folder, so that names in it outlive a power cut (fsync(2)). Some file systems cannot; nothing more can be done then. */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined
  try {
    folder = await open(path, 'r')
    await folder.sync()
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'ENOTSUP'))
      return
    throw error
  } finally {
    await folder?.close()
  }
}

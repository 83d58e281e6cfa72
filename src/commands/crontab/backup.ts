/** Keeps the content of a crontab before it is changed, in a file that no cron reads. */

import { linkSync, readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../../system/errors.ts'
import { uniqueWord } from '../../system/process-id.ts'

export interface Backup {
  readonly path: string
  /** Removes it again, unless an earlier change has left it. */
  readonly discard: () => void
}

/**
 * An older backup is never overwritten, because the oldest one is what the crontab was before this program. It gets its name when
 * it is complete: link(2) fails if the name exists.
 *
 * @param name without the `~` at its end. Debian's cron skips a name with `~` or with a dot, cronie one that ends with `~`
 * @param write creates a file
 * @throws the system's error
 */
export function makeBackup(
  folder: string,
  name: string,
  bytes: Buffer,
  write: (path: string) => void,
): Backup {
  const temporary = join(folder, `${name}.${uniqueWord()}~`)
  write(temporary)
  try {
    for (let number = 1; ; number += 1) {
      const path = join(folder, number === 1 ? `${name}~` : `${name}.${number}~`)
      try {
        linkSync(temporary, path)
        return { path, discard: () => unlinkSync(path) }
      } catch (error) {
        if (errorCode(error) !== 'EEXIST' || number === MOST) throw error
        if (hasContent(path, bytes)) return { path, discard() {} }
      }
    }
  } finally {
    unlinkSync(temporary)
  }
}

const MOST = 1000

function hasContent(path: string, bytes: Buffer): boolean {
  try {
    return readFileSync(path).equals(bytes)
  } catch {
    return false
  }
}

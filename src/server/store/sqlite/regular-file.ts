/** Refuses a directory, a FIFO and the like in the place of a file. */

import { lstatSync, type Stats, statSync } from 'node:fs'
import { StoreError } from '../store-error.ts'

/**
 * SQLite would wait for ever at a FIFO, and only says that it is `unable to open database file`. Throws a StoreError
 * unless the path is a regular file or does not exist.
 */
export function checkRegularFile(path: string, links: 'follow' | 'refuse'): void {
  const stats = (links === 'follow' ? statSync : lstatSync)(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isFile()) return
  throw new StoreError(
    `${path} is ${kindOf(stats)}, not a file of cronitor serve: make sure that no server uses the folder, then move it away`,
  )
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory'
  if (stats.isSymbolicLink()) return 'a symbolic link'
  if (stats.isFIFO()) return 'a FIFO'
  return stats.isSocket() ? 'a socket' : 'a device'
}

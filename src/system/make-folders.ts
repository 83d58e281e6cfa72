/** Folders for this user alone. */

import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from './errors.ts'

/**
 * Makes a folder with mode 0700 where it is missing, and those above it. Not by mkdir's `recursive`: where the system says
 * ENOENT although the folder above is there, as it does under /proc, Node.js tries again for ever; and of a file system that
 * is read-only Node.js 20 says ENOENT. @throws the system's error
 */
export function makeFolders(path: string): void {
  if (isMade(path)) return
  const above = dirname(path)
  if (above !== path) makeFolders(above)
  mkdirUnlessThere(path)
}

/** False if a folder above it is missing, or seems to be. */
function isMade(path: string): boolean {
  try {
    mkdirUnlessThere(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

function mkdirUnlessThere(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
    // Whatever the umask is.
    chmodSync(path, 0o700)
  } catch (error) {
    // On a file system that is read-only macOS says EROFS of what is there as well.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    throw error
  }
}

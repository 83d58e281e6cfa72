/** Makes folders that only this user can enter. */

import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from './errors.ts'

/**
 * Makes a folder with mode 0700, and those above it, unless they exist. Not with mkdir's `recursive`: Node.js retries
 * it forever if the system says ENOENT although the folder above exists, as under /proc, and Node.js 20 reports ENOENT
 * for a read-only file system. @throws the system's error
 */
export function makeFolders(path: string): void {
  if (isMade(path)) return
  const above = dirname(path)
  if (above !== path) makeFolders(above)
  mkdirUnlessThere(path)
}

/** False for ENOENT: a folder above is missing, or the system says so. */
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
    // The umask may have removed bits of the mode.
    chmodSync(path, 0o700)
  } catch (error) {
    // On a read-only file system, macOS says EROFS even if the folder exists.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    throw error
  }
}

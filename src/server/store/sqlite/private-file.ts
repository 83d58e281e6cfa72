import { closeSync, fchmodSync, openSync } from 'node:fs'
import { errorCode } from '../../../system/errors.ts'

/**
 * Creates an empty file with mode 0600, unless the path exists. An existing file is not opened, since closing it would
 * release the locks that this process holds on it (https://sqlite.org/howtocorrupt.html, 2.2).
 */
export function createPrivateFile(path: string): void {
  try {
    const file = openSync(path, 'wx', 0o600)
    // The umask may have removed bits of the mode.
    fchmodSync(file, 0o600)
    closeSync(file)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

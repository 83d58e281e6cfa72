import { closeSync, fchmodSync, openSync } from 'node:fs'
import { errorCode } from '../../../system/errors.ts'

/**
 * Makes an empty file with mode 0600, unless there is one. What is there is not even opened: closing it again would take
 * away the locks that this process has on it (https://sqlite.org/howtocorrupt.html, 2.2).
 */
export function createPrivateFile(path: string): void {
  try {
    const file = openSync(path, 'wx', 0o600)
    // Whatever the umask is.
    fchmodSync(file, 0o600)
    closeSync(file)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

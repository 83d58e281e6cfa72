/** Tells whether this process has a controlling terminal. */

import { closeSync, constants, openSync } from 'node:fs'

/** Opening /dev/tty fails without one (POSIX, 10.1). */
export function hasControllingTerminal(): boolean {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants
  try {
    closeSync(openSync('/dev/tty', O_RDONLY | O_NONBLOCK | O_NOCTTY))
    return true
  } catch {
    return false
  }
}

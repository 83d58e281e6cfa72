/** How the executable starts itself. */

import { dirname, join } from 'node:path'

/** The program and its first arguments; those of a command follow. */
export function ownProgram(): readonly [string, ...string[]] {
  return [process.execPath]
}

/** The launcher of the job wrapper, beside the executable. */
export function ownWrapper(): string {
  return join(dirname(process.execPath), 'cronitor-exec')
}

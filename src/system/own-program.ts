/** How this program starts itself, for a process in the background. In the executable: own-program.bun.ts. */

import { join } from 'node:path'

/** The bundle of this file is in `dist/`, beside `bin/`. */
const ENTRY = join(import.meta.dirname, '../bin/cronitor.js')

/** The program and its first arguments; those of a command follow. */
export function ownProgram(): readonly [string, ...string[]] {
  return [process.execPath, '--no-warnings', ENTRY]
}

/** The launcher of the job wrapper. */
export function ownWrapper(): string {
  return join(import.meta.dirname, '../bin/cronitor-exec')
}

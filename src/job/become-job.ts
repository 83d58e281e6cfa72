/** The last resort if no process can be started: the wrapper becomes the job, which runs unmonitored. */

import { writeSync } from 'node:fs'
import { asRecord, type JobEnvironment } from './environment.ts'
import { lookUp } from './lookup.ts'

/** No process, descriptor or memory to be had. */
const NO_ROOM: ReadonlySet<string> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'])

/** Not in the types of Node.js 20: it came with 22.15. */
type Execve = (file: string, args: readonly string[], env: Record<string, string>) => never

/** Returns only if `code` has another cause, or if this Node.js cannot become another program. */
export function becomeJob(
  code: string | undefined,
  [file = '', ...args]: readonly string[],
  environment: JobEnvironment,
): void {
  const { execve } = process as NodeJS.Process & { readonly execve?: Execve }
  if (execve === undefined || code === undefined || !NO_ROOM.has(code)) return
  const found = lookUp(file, environment)
  if (found.kind !== 'found') return
  try {
    writeSync(
      2,
      `cronitor-exec: no process can be started (${code}); the job runs unmonitored. See ulimit -u.\n`,
    )
  } catch {
    // Nobody reads it.
  }
  try {
    execve.call(process, found.path, [file, ...args], asRecord(environment))
  } catch {
    // A script without `#!`, for example: the status says that it cannot be run.
  }
}

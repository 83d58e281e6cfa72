/** The last resort if no process can be started: the wrapper becomes the job, which runs unmonitored. */

import { writeSync } from 'node:fs'
import { asRecord, type JobEnvironment } from './environment.ts'
import { findProgram } from './find-program.ts'

/** No process, descriptor or memory to be had. */
const NO_ROOM: ReadonlyMap<string, string> = new Map([
  ['EAGAIN', 'See ulimit -u.'],
  ['EMFILE', 'See ulimit -n.'],
  ['ENFILE', 'See /proc/sys/fs/file-max.'],
  ['ENOMEM', 'Free some memory.'],
])

/** Not in the types of Node.js 20: it came with 22.15. */
type Execve = (file: string, args: readonly string[], env: Record<string, string>) => never

/** Returns only if `code` has another cause, or if this Node.js cannot become another program. */
export function becomeJob(
  code: string | undefined,
  [file = '', ...args]: readonly string[],
  environment: JobEnvironment,
): void {
  const { execve } = process as NodeJS.Process & { readonly execve?: Execve }
  const advice = NO_ROOM.get(code ?? '')
  if (execve === undefined || advice === undefined) return
  const found = findProgram(file, environment)
  if (found.kind !== 'found') return
  try {
    writeSync(2, `cronitor-exec: no process can be started (${code}); the job runs unmonitored. ${advice}\n`)
  } catch {
    // Nobody reads it.
  }
  try {
    execve.call(process, found.path, [file, ...args], asRecord(environment))
  } catch {
    // A script without `#!`, for example: the status says that it cannot be run.
  }
}

/** Can this process start a thread? Then it does without more than one. */
export async function makeDoWithOneThread(): Promise<boolean> {
  const { Worker } = await import('node:worker_threads')
  const started = await new Promise<boolean>(resolve => {
    try {
      new Worker('', { eval: true }).once('error', () => resolve(false)).once('exit', () => resolve(true))
    } catch {
      resolve(false)
    }
  })
  // libuv reads it when it starts its threads, as late as they are needed.
  if (started) process.env.UV_THREADPOOL_SIZE = '1'
  return started
}

/** If no process can be started, the wrapper becomes the job, which then runs unmonitored. */

import { writeSync } from 'node:fs'
import { asRecord, type JobEnvironment } from './environment.ts'
import { findProgram } from './find-program.ts'

/** Error codes for a lack of processes, descriptors or memory, and what to do about each. */
const NO_ROOM: ReadonlyMap<string, string> = new Map([
  ['EAGAIN', 'See ulimit -u.'],
  ['EMFILE', 'See ulimit -n.'],
  ['ENFILE', 'See /proc/sys/fs/file-max.'],
  ['ENOMEM', 'Free some memory.'],
])

/** The types of Node.js 20 do not have it: it was added in Node.js 22.15. */
type Execve = (file: string, args: readonly string[], env: Record<string, string>) => never

/** Returns only if `code` is another error, if the program was not found, or if this Node.js has no execve. */
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
    // Nobody reads stderr.
  }
  try {
    execve.call(process, found.path, [file, ...args], asRecord(environment))
  } catch {
    // For example, the file is a script without `#!`. The job is then reported as one that cannot be run.
  }
}

/** Limits libuv to one thread if this process can start one. Resolves with false if it cannot start any. */
export async function makeDoWithOneThread(): Promise<boolean> {
  const { Worker } = await import('node:worker_threads')
  const started = await new Promise<boolean>(resolve => {
    try {
      new Worker('', { eval: true }).once('error', () => resolve(false)).once('exit', () => resolve(true))
    } catch {
      resolve(false)
    }
  })
  // libuv reads this variable when it starts its threads, which is when they are first needed.
  if (started) process.env.UV_THREADPOOL_SIZE = '1'
  return started
}

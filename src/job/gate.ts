/**
 * Holds a new process back until this one has noted its number. Until then, the process is a shell that reads from a pipe. If
 * this process is killed, the pipe ends, and the shell exits without running the job.
 */

import type { Duplex } from 'node:stream'
import { freeForShell } from './descriptors.ts'
import { cannotLock, type StartFailure } from './start-failure.ts'

/** Called before the job runs. Returns why it must not run; undefined if it may. */
export type BeforeJob = (pid: number) => StartFailure | undefined

export type GateDescriptor =
  | { readonly ok: true; readonly descriptor?: number }
  | { readonly ok: false; readonly failure: StartFailure }

/** The descriptor of the pipe in the new process. Without `beforeJob` there is no pipe. */
export function gateDescriptor(
  beforeJob: BeforeJob | undefined,
  inherited: readonly number[],
): GateDescriptor {
  if (beforeJob === undefined) return { ok: true }
  const descriptor = freeForShell(inherited)
  if (descriptor === undefined)
    return { ok: false, failure: cannotLock('the descriptors 3 to 9 are all in use; close one of them') }
  return { ok: true, descriptor }
}

/** Lets the process run the job, unless `beforeJob` returns a failure, which is then the result. */
export function openGate(
  { pid, stdio }: { readonly pid?: number; readonly stdio: readonly unknown[] },
  descriptor: number | undefined,
  beforeJob: BeforeJob | undefined,
): StartFailure | undefined {
  if (pid === undefined || descriptor === undefined || beforeJob === undefined) return undefined
  const pipe = stdio[descriptor] as Duplex
  // The process may have been killed.
  pipe.on('error', () => {})
  const failure = beforeJob(pid)
  if (failure === undefined) pipe.end('\n')
  else pipe.destroy()
  return failure
}

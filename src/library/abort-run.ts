/** Ends a run by its AbortSignal: TERM to the job, by way of the wrapper, and KILL after a while. */

import type { ChildProcess } from 'node:child_process'
import { DEFAULT_KILL_AFTER_MS } from '../commands/exec/control/defaults.ts'
import { parseDuration } from '../system/duration.ts'
import { isAlive, type ProcessId, processId } from '../system/process-id.ts'
import type { RunOptions } from './options.ts'

export interface RunAbort {
  /** The job runs from now on as this process. */
  jobStarted(pid: number): void
  /** The job has ended: no signal is sent to its number any more. */
  jobEnded(): void
  /** Removes what was added to the AbortSignal. */
  finish(): void
}

/** The wrapper's process is `child`. */
export function abortWith({ abortSignal, killAfter, ownGroup }: RunOptions, child: ChildProcess): RunAbort {
  let job: ProcessId | undefined
  let timer: NodeJS.Timeout | undefined
  const kill = (): void => {
    if (job === undefined || !isAlive(job)) return
    try {
      process.kill(ownGroup === true ? -job.pid : job.pid, 'SIGKILL')
    } catch {
      // It has just ended, or runs as another user.
    }
  }
  const abort = (): void => {
    child.kill('SIGTERM')
    const killAfterMs = killMs(killAfter)
    if (killAfterMs > 0) timer = setTimeout(kill, killAfterMs)
  }
  abortSignal?.addEventListener('abort', abort, { once: true })
  const jobEnded = (): void => {
    job = undefined
    clearTimeout(timer)
  }
  return {
    jobStarted(pid) {
      job = processId(pid)
    },
    jobEnded,
    finish() {
      jobEnded()
      abortSignal?.removeEventListener('abort', abort)
    },
  }
}

/** 0: no KILL is sent, as with the command. */
function killMs(killAfter: string | undefined): number {
  const parsed = parseDuration(killAfter ?? '')
  return parsed.ok ? parsed.ms : DEFAULT_KILL_AFTER_MS
}

/** Finds the processes of one test's job by a variable that no other test has. Linux only. */

import { readFileSync } from 'node:fs'
import { processes } from './process-state.ts'

export const MARK = 'TEST_JOB_MARK'

/** The living processes that have `MARK=mark` in their environment. */
export function markedProcesses(mark: string): number[] {
  return processes((_, pid) => environmentOf(pid).includes(`${MARK}=${mark}`))
}

/** Kills them. One may have ended since the list was made. */
export function killMarked(mark: string): void {
  for (const pid of markedProcesses(mark)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone.
    }
  }
}

/** As `name=value`; empty if the process is gone or may not be looked at. */
export function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    return []
  }
}

/** How busy the processors are. Linux only. */

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

export interface RunQueue {
  /** How long this process's main thread has run since its start, and has waited for a processor, in milliseconds. */
  readonly times: () => { readonly ranMs: number; readonly waitedMs: number } | undefined
  /** How many threads of the host run or wait for a processor now, for each processor that this process may use. */
  readonly crowd: () => number | undefined
}

/** Undefined where the system does not tell (no /proc, a kernel without CONFIG_SCHED_INFO). */
export const runQueue: RunQueue = {
  times() {
    // Nanoseconds on a processor and in its queue (Linux, Documentation/scheduler/sched-stats.rst). An execve(2) keeps them, so
    // they include the launcher's shell.
    const [ran, waited] = numbersIn('/proc/self/schedstat', /^(\d+) (\d+)/)
    return ran === undefined || waited === undefined
      ? undefined
      : { ranMs: ran / 1e6, waitedMs: waited / 1e6 }
  },
  crowd() {
    // The fourth field is `runnable/all` (proc_loadavg(5)). It is not an average.
    const [runnable] = numbersIn('/proc/loadavg', / (\d+)\/\d+ /)
    return runnable === undefined ? undefined : runnable / availableParallelism()
  },
}

function numbersIn(file: string, form: RegExp): readonly number[] {
  try {
    return (form.exec(readFileSync(file, 'latin1')) ?? []).slice(1).map(Number)
  } catch {
    return []
  }
}

/** Ends the wrapper in the same way as the job ended. */

import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import { exitByExecve } from '../system/exit-by-execve.ts'
import { exitStatusOf, type JobEnd } from './job-end.ts'

/** Signals that dump core by default (signal(7)). The wrapper exits instead, so that Node.js leaves no core file. */
const DUMPS_CORE: ReadonlySet<string> = new Set([
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGIOT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSYS',
])

/**
 * Exits with the job's status. If a signal killed the job, the wrapper kills itself with the same signal: an outer
 * shell then sees the same end as without the wrapper, and stops its loop on Ctrl-C. `hasHungThread`: see `leaveWith`.
 */
export function leaveAs(end: JobEnd, hasHungThread = false): never {
  // The kernel does not end process 1, the first process of a container, by such a signal.
  if (end.kind === 'killed' && process.pid !== 1 && !DUMPS_CORE.has(end.signal)) dieOf(end.signal)
  leaveWith(exitStatusOf(end), hasHungThread)
}

/** `hasHungThread`: a thread of libuv's pool hangs in a system call, for which `process.exit` would wait forever. */
export function leaveWith(status: number, hasHungThread: boolean): never {
  if (hasHungThread) {
    exitByExecve(status)
    // The process must end, even if with a wrong exit status.
    process.kill(process.pid, 'SIGKILL')
  }
  closeStdio()
  process.exit(status)
}

/**
 * When Node.js exits, it restores the terminal settings from its start: that would overwrite what the job has set, and
 * aborts if the terminal is gone (node.cc, ResetStdio). Node.js skips closed descriptors.
 */
function closeStdio(): void {
  for (const descriptor of [0, 1, 2]) {
    try {
      closeSync(descriptor)
    } catch {
      // It was closed already.
    }
  }
}

function dieOf(signal: NodeJS.Signals): void {
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') {
    // When the last listener is removed, Node.js restores the default action. It ignores SIGPIPE until then.
    const listener = () => {}
    process.on(signal, listener)
    process.removeAllListeners(signal)
  }
  // By number, because Bun does not know the name of each signal.
  process.kill(process.pid, constants.signals[signal])
  // The kernel may deliver the signal to another thread. This thread waits for it, at most a second.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
}

/** Ends the wrapper as the job ended. */

import { closeSync } from 'node:fs'
import { exitStatusOf, type JobEnd } from './job-end.ts'

/** Signals that dump core by default (signal(7)). The wrapper exits instead of dying of them, to leave no core of Node.js. */
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
 * Leaves with the job's exit status. If a signal killed the job, the wrapper dies of the same signal, so that an outer
 * shell sees what it would see without the wrapper, and stops its loop on Ctrl-C. For `hasHungThread` see `leaveWith`.
 */
export function leaveAs(end: JobEnd, hasHungThread = false): never {
  // The kernel does not deliver these signals to the first process of a container.
  if (end.kind === 'killed' && process.pid !== 1 && !DUMPS_CORE.has(end.signal)) dieOf(end.signal)
  leaveWith(exitStatusOf(end), hasHungThread)
}

/** `hasHungThread`: a thread of libuv's pool hangs in a system call. `process.exit` would wait for it forever. */
export function leaveWith(status: number, hasHungThread: boolean): never {
  if (hasHungThread) {
    exitByExecve(status)
    // A wrong exit status is better than none.
    process.kill(process.pid, 'SIGKILL')
  }
  closeStdio()
  process.exit(status)
}

/** Replaces this program with one that only exits: the kernel then ends all threads (execve(2)). From Node.js 22.15 on. */
function exitByExecve(status: number): void {
  if (!('execve' in process) || typeof process.execve !== 'function') return
  // Node.js would print that execve is experimental.
  process.removeAllListeners('warning')
  try {
    process.execve('/bin/sh', ['sh', '-c', `exit ${status}`], {})
  } catch {
    // There is no /bin/sh.
  }
}

/**
 * At exit Node.js restores the settings that a terminal had at the start, which overwrites what the job has set, and
 * aborts if the terminal is gone (node.cc, ResetStdio). It skips closed descriptors.
 */
function closeStdio(): void {
  for (const descriptor of [0, 1, 2]) {
    try {
      closeSync(descriptor)
    } catch {
      // Closed already.
    }
  }
}

function dieOf(signal: NodeJS.Signals): void {
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') {
    // Removing the last listener makes Node.js set the default action. SIGPIPE is ignored until then.
    const listener = () => {}
    process.on(signal, listener)
    process.removeAllListeners(signal)
  }
  process.kill(process.pid, signal)
  // The kernel may deliver the signal to another thread; this one waits for the end, for at most a second.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
}

/** How a job ended, and what the wrapper's own end is for it. */

import { closeSync } from 'node:fs'
import { constants } from 'node:os'

export type JobEnd =
  | { readonly kind: 'exited'; readonly status: number; readonly durationMs: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals; readonly durationMs: number }
  | {
      readonly kind: 'not-started'
      readonly status: 126 | 127
      readonly reason: string
      readonly durationMs: number
      /** There was no process to be had: there may be no threads either. */
      readonly lacksProcess?: true
    }

/** As a shell tells it: the exit status, or 128 and the signal's number. */
export function statusOf(end: JobEnd): number {
  return end.kind === 'killed' ? 128 + constants.signals[end.signal] : end.status
}

/** Signals that dump core by default (signal(7)). The wrapper does not die of them: the core would be its own. */
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
 * Ends the wrapper as the job ended. One that died of a signal is followed into it, so that an outer shell sees what
 * it would have seen, and stops its loop on Ctrl-C.
 */
export function leaveAs(end: JobEnd, hangs = false): never {
  // The kernel keeps its signals from the first process of a container, which would wait for them.
  if (end.kind === 'killed' && process.pid !== 1 && !DUMPS_CORE.has(end.signal)) dieOf(end.signal)
  leaveWith(statusOf(end), hangs)
}

/** Leaves with this status. `hangs`: a thread of libuv's pool hangs in a system call, whose end `process.exit` waits for. */
export function leaveWith(status: number, hangs: boolean): never {
  if (hangs) {
    becomeExit(status)
    // No exit status gets past that thread, and one that never comes is worse than a wrong one.
    process.kill(process.pid, 'SIGKILL')
  }
  leaveStdioAsItIs()
  process.exit(status)
}

/** A program that does nothing but exit takes this one's place, and the kernel ends its threads (execve(2)). From Node.js 22.15 on. */
function becomeExit(status: number): void {
  if (!('execve' in process) || typeof process.execve !== 'function') return
  // It is experimental, which Node.js says on stderr.
  process.removeAllListeners('warning')
  try {
    process.execve('/bin/sh', ['sh', '-c', `exit ${status}`], {})
  } catch {
    // There is no such shell.
  }
}

/**
 * At its exit Node.js gives a terminal the settings that it had at the start, whatever the job and others have set
 * since, and aborts where the terminal is gone (node.cc, ResetStdio). It leaves closed descriptors alone.
 */
function leaveStdioAsItIs(): void {
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
    // Node.js sets a signal's action to the default when its last listener goes; SIGPIPE it ignores until then.
    const listener = () => {}
    process.on(signal, listener)
    process.removeAllListeners(signal)
  }
  process.kill(process.pid, signal)
  // It may be another thread that the signal is delivered to; this one waits for its end, a second at the most.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
}

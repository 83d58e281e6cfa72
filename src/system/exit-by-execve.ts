/** Ends this process at once, even if one of its threads hangs in a system call: `process.exit` would wait for the thread. */

import { openSync } from 'node:fs'

type Execve = (file: string, argv: readonly string[], environment: Readonly<Record<string, string>>) => never

/** Part of Node.js since 22.15. */
const { execve } = process as NodeJS.Process & { readonly execve?: Execve }

export const canExitByExecve = execve !== undefined

/** Replaces this process's program with one that only exits: the kernel then ends all threads (execve(2)). */
export function exitByExecve(status: number): void {
  // Node.js would warn that execve is experimental.
  process.removeAllListeners('warning')
  try {
    // Node.js's execve fails if 0, 1 or 2 is closed (job/leave.ts). A file takes the lowest free number.
    for (const _ of [0, 1, 2]) openSync('/dev/null', 'r')
    execve?.call(process, '/bin/sh', ['sh', '-c', `exit ${status}`], {})
  } catch {
    // There is no /bin/sh.
  }
}

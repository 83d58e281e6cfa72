/** Starts a process that stays after this one. In the executable: background-process.bun.ts. */

import { spawn } from 'node:child_process'

export interface BackgroundProcess {
  /** Undefined if the process could not be started. */
  readonly pid: number | undefined
  /** Writes the whole of its standard input, at once if it fits into the pipe: then this process can exit. */
  readonly write: (input: string) => void
}

/**
 * Starts a session, so that neither the terminal's signals nor the end of the caller's session reach the process. It
 * runs in `/`, and its output goes to /dev/null.
 */
export function startInBackground(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): BackgroundProcess {
  const child = spawn(program, args, { detached: true, cwd: '/', env, stdio: ['pipe', 'ignore', 'ignore'] })
  child.on('error', () => {})
  child.stdin?.on('error', () => {})
  return {
    pid: child.pid,
    write(input) {
      child.stdin?.end(input)
      child.unref()
    },
  }
}

/** Starts processes that write to one of the wrapper's descriptors, and that may outlive the wrapper. */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'

/**
 * `from` is the descriptor to read, or `pipe`: then write to `stdin` of the result. `to` is a descriptor, or `ignore`: what is
 * read is dropped. Without a `pid`, the start failed.
 */
export function startCat(to: number | 'ignore', from: number | 'pipe' = 'pipe'): ChildProcess {
  return startWriter(['/bin/cat'], [from, to, 'ignore'])
}

/** Prints a short text. It is an argument, since the wrapper may exit before a pipe has taken it. */
export function startPrinter(to: number, text: string): ChildProcess {
  return startWriter(['/bin/sh', '-c', 'printf %s "$1"', 'sh', text], ['ignore', to, 'ignore'])
}

function startWriter([file, ...args]: readonly [string, ...string[]], stdio: StdioOptions): ChildProcess {
  // `detached` starts a session, which the terminal's signals do not reach.
  const child = spawn(file, args, { stdio, detached: true, cwd: '/', env: {} })
  child.on('error', () => {})
  child.unref()
  return child
}

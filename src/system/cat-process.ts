/** Starts a `cat` that writes to one of the wrapper's descriptors, and that may outlive the wrapper. */

import { type ChildProcess, spawn } from 'node:child_process'

/**
 * `from` is the descriptor to read, or `pipe`: then write to `stdin` of the result. Without a `pid`, the start failed.
 */
export function startCat(to: number, from: number | 'pipe' = 'pipe'): ChildProcess {
  // `detached` starts a session, which the terminal's signals do not reach.
  const cat = spawn('/bin/cat', [], { stdio: [from, to, 'ignore'], detached: true, cwd: '/', env: {} })
  cat.on('error', () => {})
  cat.unref()
  return cat
}

/** A process that copies to one of the wrapper's descriptors, and may outlive the wrapper. */

import { type ChildProcess, spawn } from 'node:child_process'

/** `from` is a descriptor to read, or a pipe of Node.js's (`stdin` of what is returned). Without `pid` it was not started. */
export function startCat(to: number, from: number | 'pipe' = 'pipe'): ChildProcess {
  // In a session of its own, where the terminal's signals do not reach it.
  const cat = spawn('/bin/cat', [], { stdio: [from, to, 'ignore'], detached: true, cwd: '/', env: {} })
  cat.on('error', () => {})
  cat.unref()
  return cat
}

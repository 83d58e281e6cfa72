/** Lets output that something in the background still holds go on without the wrapper. */

import { spawn } from 'node:child_process'
import type { Relay } from './relay.ts'

/**
 * Starts a `cat` with the pipe's read end, in a session of its own, and returns at once. False: it could not be
 * started, and the wrapper has to stay.
 */
export function handOver(relay: Relay): boolean {
  relay.stop()
  // libuv makes descriptors 0 to 2 of a child blocking again, as cat needs its input.
  const cat = spawn('/bin/cat', [], {
    stdio: [relay.readEnd, relay.descriptor, 'ignore'],
    detached: true,
    cwd: '/',
    env: {},
  })
  cat.on('error', () => {})
  cat.unref()
  return cat.pid !== undefined
}

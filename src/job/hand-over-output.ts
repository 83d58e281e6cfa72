/** Lets background processes of the job print after the wrapper has exited. */

import { startCat } from '../system/cat-process.ts'
import type { OutputRelay } from './output-relay.ts'

/**
 * Starts a `cat` that reads the pipe, and returns at once. False if it could not be started: the wrapper must not exit
 * yet.
 */
export function handOverOutput(relay: OutputRelay): boolean {
  // libuv makes descriptors 0 to 2 of a child blocking, which cat needs for its input.
  // If nobody read the pipe, the background process would die of SIGPIPE.
  const to = relay.isDiscarding() ? 'ignore' : relay.descriptor
  return startCat(to, relay.readEnd).pid !== undefined
}

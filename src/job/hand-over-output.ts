/** Lets background processes of the job keep printing after the wrapper has exited. */

import { startCat } from '../system/cat-process.ts'
import type { OutputRelay } from './output-relay.ts'

/** Starts a `cat` with the pipe's read end, and returns at once. False: it could not be started, the wrapper has to stay. */
export function handOverOutput(relay: OutputRelay): boolean {
  // libuv makes descriptors 0 to 2 of a child blocking again, as cat needs its input.
  return startCat(relay.descriptor, relay.readEnd).pid !== undefined
}

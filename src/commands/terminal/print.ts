/** Writes a short result to stdout. */

import { writeSync } from 'node:fs'
import { errorCode } from '../../system/errors.ts'

/** Waits for a slow reader. Returns false if the reader has closed the pipe, as `| head` does. */
export function print(text: string): boolean {
  return printBytes(Buffer.from(text))
}

/** The same for bytes that need not be UTF-8. */
export function printBytes(bytes: Buffer): boolean {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      // Another process that shares the descriptor has made it non-blocking.
      if (errorCode(error) !== 'EAGAIN') return false
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
  return true
}

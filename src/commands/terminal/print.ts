/** Writes what was asked for to stdout. */

import { writeSync } from 'node:fs'
import { errorCode } from '../../system/errors.ts'

/** Waits where the reader is slow. A reader that has gone away (`| head`) has read enough; false then. */
export function print(text: string): boolean {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      // The descriptor is shared, and someone else has made it non-blocking.
      if (errorCode(error) !== 'EAGAIN') return false
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
  return true
}

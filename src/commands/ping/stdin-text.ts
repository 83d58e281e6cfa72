/** Reads all of standard input and keeps its end, for `cronitor ping --message -`. */

import { readSync } from 'node:fs'
import { shownErrorCode } from '../../system/errors.ts'

export interface StdinText {
  /** The last bytes that were read, 64 KiB at most. Where there were more, it can begin inside of a character. */
  readonly tail: Buffer
  /** How many bytes there were in all. */
  readonly totalBytes: number
  /** Why the reading ended before the end of the input, such as `EISDIR`; undefined when all was read. */
  readonly problem: string | undefined
}

export interface StdinOptions {
  /** As `fs.readSync` on descriptor 0: puts bytes into `into` and returns their number, 0 at the end. */
  readonly read?: (into: Buffer, offset: number, length: number) => number
  /** Waits a little, without an event loop. */
  readonly pause?: () => void
  /** How many bytes are kept, 1 or more. */
  readonly keep?: number
}

const KEPT_BYTES = 64 * 1024

/** Returns at the end of the input; blocks until then. Memory does not grow with the input. Nothing is thrown. */
export function readStdinText(options: StdinOptions = {}): StdinText {
  const { read = readDescriptor0, pause = pauseBriefly, keep = KEPT_BYTES } = options
  const ring = Buffer.alloc(keep)
  let totalBytes = 0
  let problem: string | undefined
  for (;;) {
    const at = totalBytes % keep
    try {
      const count = read(ring, at, keep - at)
      if (count === 0) break
      totalBytes += count
    } catch (error) {
      const code = shownErrorCode(error)
      if (code === 'EAGAIN') {
        // Whoever shares the descriptor has made it non-blocking, and that is not ours to change.
        pause()
        continue
      }
      problem = code
      break
    }
  }
  const at = totalBytes % keep
  const tail =
    totalBytes <= keep
      ? ring.subarray(0, totalBytes)
      : Buffer.concat([ring.subarray(at), ring.subarray(0, at)])
  return { tail, totalBytes, problem }
}

/** Not `process.stdin`, whose use makes the shared descriptor non-blocking. */
function readDescriptor0(into: Buffer, offset: number, length: number): number {
  return readSync(0, into, offset, length, null)
}

function pauseBriefly(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
}

/** Reads standard input and keeps its last bytes, for `cronitor ping --message -`. */

import { readSync } from 'node:fs'
import { shownErrorCode } from '../../system/errors.ts'
import { createTail } from '../../system/tail.ts'

export interface StdinText {
  /** The last bytes, 64 KiB at most. If there were more, the first character can be incomplete. */
  readonly tail: Buffer
  /** The length of the whole input. */
  readonly totalBytes: number
  /** An error code such as `EISDIR`; undefined if the whole input was read. */
  readonly problem: string | undefined
}

export interface StdinOptions {
  /** As `fs.readSync` on descriptor 0: fills `into` and returns the number of bytes, 0 at the end. */
  readonly read?: (into: Buffer, offset: number, length: number) => number
  /** Blocks for a moment. */
  readonly pause?: () => void
  /** How many bytes are kept, 1 or more. Default: 64 KiB. */
  readonly keep?: number
}

const KEPT_BYTES = 64 * 1024

const CHUNK_BYTES = 64 * 1024

/** Blocks until the end of the input. Memory does not grow with the input. Never throws. */
export function readStdinText(options: StdinOptions = {}): StdinText {
  const { read = readDescriptor0, pause = pauseBriefly, keep = KEPT_BYTES } = options
  const tail = createTail(keep)
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let problem: string | undefined
  for (;;) {
    try {
      const count = read(chunk, 0, chunk.length)
      if (count === 0) break
      tail.append(chunk.subarray(0, count))
    } catch (error) {
      const code = shownErrorCode(error)
      if (code === 'EAGAIN') {
        // Another process that shares the descriptor has made it non-blocking; changing that back would affect it.
        pause()
        continue
      }
      problem = code
      break
    }
  }
  return { tail: tail.bytes(), totalBytes: tail.total(), problem }
}

/** Not `process.stdin`, whose use makes the shared descriptor non-blocking. */
function readDescriptor0(into: Buffer, offset: number, length: number): number {
  return readSync(0, into, offset, length, null)
}

function pauseBriefly(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
}

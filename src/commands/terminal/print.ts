/** Writes a short result to stdout. */

import { writeSync } from 'node:fs'
import { errorCode, shownErrorCode } from '../../system/errors.ts'
import { writeMessage } from '../../system/output-writer.ts'

/**
 * Waits for a slow reader. Returns false if the reader has closed the pipe, as `| head` does, or if the text cannot be written:
 * then a line on stderr says so, and the exit status is not 0.
 */
export function print(text: string): boolean {
  return printBytes(Buffer.from(text))
}

/** The same for bytes that need not be UTF-8. */
export function printBytes(bytes: Buffer): boolean {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EPIPE') return false
      if (code !== 'EAGAIN') return failPrinting(error)
      // Another process that shares the descriptor has made it non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
  return true
}

let hasFailed = false

/** Result of `>/dev/full`: a script that reads the output must not take a part of it for the whole. */
function failPrinting(error: unknown): false {
  if (hasFailed) return false
  hasFailed = true
  const reason = errorCode(error) === 'ENOSPC' ? 'no space left on the disk' : shownErrorCode(error)
  writeMessage(2, `cronitor: the output cannot be written: ${reason}\n`)
  process.on('exit', status => {
    if (status === 0) process.exitCode = 1
  })
  return false
}

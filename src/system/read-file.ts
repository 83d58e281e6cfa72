/** Reads small regular files, and throws the system's errors. regular-file.ts returns results instead. */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { open, read } from './file-calls.ts'

/** The error code if the path leads to something that is not a regular file, or to a file that is too large. */
export const NOT_A_REGULAR_FILE = 'ENOTREG'

/** No file of the spool is as large as this, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024

/** Without O_NONBLOCK, opening a FIFO or a device waits (open(2)). */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** @throws the system's error, or one with the code `ENOTREG` */
export async function readText(path: string): Promise<string> {
  const file = await open(path, READ_FLAGS)
  try {
    // Synchronous: a file system that has just opened the file does not hang now.
    const bytes = Buffer.allocUnsafe(sizeOfRegularFile(file))
    let length = 0
    while (length < bytes.length) {
      const count = await read(file, bytes, length)
      if (count === 0) break
      length += count
    }
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}

/** The same without a promise, ten times as fast, for commands that have nothing else to do. */
export function readTextSync(path: string): string {
  const file = openSync(path, READ_FLAGS)
  try {
    sizeOfRegularFile(file)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function sizeOfRegularFile(file: number): number {
  const stats = fstatSync(file)
  if (stats.isFile() && stats.size <= MAX_BYTES) return stats.size
  throw Object.assign(new Error('not a regular file'), { code: NOT_A_REGULAR_FILE })
}

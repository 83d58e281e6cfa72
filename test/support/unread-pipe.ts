/** A pipe that nobody reads until the test says so: what the program writes stays in it, 64 KiB on Linux (pipe(7)). */

import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { tempDir } from './temp.ts'

export interface UnreadPipe {
  /** For the child's stdio. */
  readonly childFd: number
  /** To be called once the child has it; else the pipe never ends. */
  readonly given: () => void
  /** Reads from now on; resolves with all that ever came, once nobody holds the other end. */
  readonly readAll: () => Promise<Buffer>
  /** Goes away without having read anything. */
  readonly close: () => void
}

export function openUnreadPipe(): UnreadPipe {
  const path = join(tempDir('pipe'), 'fifo')
  execFileSync('mkfifo', ['-m', '600', path])
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const childFd = openSync(path, constants.O_WRONLY)
  unlinkSync(path)
  return {
    childFd,
    given: () => closeSync(childFd),
    close: () => closeSync(readFd),
    readAll: () =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = []
        new Socket({ fd: readFd, readable: true, writable: false })
          .on('data', chunk => chunks.push(chunk))
          .on('error', reject)
          .on('close', () => resolve(Buffer.concat(chunks)))
      }),
  }
}

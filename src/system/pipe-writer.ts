/** Writes to a non-blocking pipe as soon as there is room. In the executable: pipe-writer.bun.ts. */

import type { PipeWriter } from './pipe-ends.ts'

/** Keep the result: if it were dropped, the descriptor would be closed. */
export function writePipe(fd: number): PipeWriter {
  const { Socket } = process.getBuiltinModule('node:net')
  // An error rejects the write as well.
  const socket = new Socket({ fd, readable: false, writable: true }).on('error', () => {})
  return {
    write: piece =>
      new Promise((resolve, reject) => {
        socket.write(piece, error => (error ? reject(error) : resolve()))
      }),
    destroy: () => void socket.destroy(),
  }
}

/** Reads a pipe as its data comes, through one buffer. In the executable: pipe-reader.bun.ts. */

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import type { PipeReader } from './pipe-ends.ts'

/** The size of the one buffer, which is used again and again: as much as a pipe holds (pipe(7)). */
const BUFFER_BYTES = 65_536

/**
 * `fd` must be non-blocking. `onChunk` returns false to pause. The chunk's bytes may change after it returns true, or after
 * `resume`.
 */
export function readPipe(fd: number, onChunk: (chunk: Buffer) => boolean): PipeReader {
  // Node.js documents `onread` for connect() only, but the constructor accepts it too.
  const all = Buffer.allocUnsafe(BUFFER_BYTES)
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd,
    readable: true,
    writable: false,
    onread: {
      buffer: all,
      // With much output, each read fills the buffer. That needs no new view.
      callback: length => onChunk(length === BUFFER_BYTES ? all : all.subarray(0, length)),
    },
  }
  const socket = new Socket(options).on('error', () => {}).resume()
  return {
    resume: () => void socket.resume(),
    async takeRead() {
      socket.pause()
    },
    stop: () => void socket.pause(),
    destroy: () => void socket.destroy(),
    // The descriptor is closed when `destroyed` becomes true; the event `close` comes later.
    isOpen: () => !socket.destroyed,
    closed: new Promise(resolve => socket.once('close', () => resolve())),
  }
}

/** Carries one stream of the job's to the wrapper's own descriptor: byte for byte, with back-pressure, in one buffer. */

import { readSync } from 'node:fs'
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { errorCode } from '../system/errors.ts'
import { createOutputWriter } from '../system/output-writer.ts'

export interface OutputRelay {
  readonly descriptor: 1 | 2
  readonly readEnd: number
  /** Reads all that is in the pipe at this moment, whether or not it can be written yet. */
  takeRest(): void
  /** Resolves once all that was read has been written, or can no longer be. */
  written(): Promise<void>
  /** Resolves when nothing more can come: no one holds the other end, or writing has failed. */
  readonly ended: Promise<void>
  /** True if another process still has the other end of the pipe open. */
  isHeld(): boolean
  /** Stops reading and leaves `readEnd` open; resolves once no written byte waits in the wrapper. */
  stop(): Promise<void>
  /** Why writing failed for good (an error code), if it has. */
  failure(): string | undefined
}

/** One buffer is used again and again; 64 KiB is what a pipe holds (pipe(7)). */
const BUFFER_BYTES = 65_536

/** `onChunk` sees each piece once, as it is read; its bytes are good until it returns. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the callbacks of one stream share its state.
export function startOutputRelay(
  readEnd: number,
  descriptor: 1 | 2,
  onChunk: (chunk: Buffer) => void,
): OutputRelay {
  let waiting = false
  let held = true
  let stopped = false
  let pending: Buffer[] = []
  const whenWritten: (() => void)[] = []

  const writer = createOutputWriter(descriptor, {
    onReady() {
      waiting = false
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        if (!writer.write(next)) {
          waiting = true
          return
        }
      }
      settleWritten()
      if (!stopped && held) socket.resume()
    },
    onFailure() {
      // With the last read end closed, the job's next write fails as the wrapper's has (SIGPIPE or EPIPE, write(2)).
      waiting = false
      held = false
      pending = []
      socket.destroy()
      settleWritten()
    },
  })

  function settleWritten(): void {
    for (const resolve of whenWritten.splice(0)) resolve()
  }

  // `onread` is documented for connect(), and the constructor takes it as well.
  const all = Buffer.allocUnsafe(BUFFER_BYTES)
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: readEnd,
    readable: true,
    writable: false,
    onread: {
      buffer: all,
      callback(length) {
        // Much output fills the buffer each time, and needs no view of its own.
        const chunk = length === BUFFER_BYTES ? all : all.subarray(0, length)
        onChunk(chunk)
        waiting = !writer.write(chunk)
        return !waiting
      },
    },
  }
  const socket = new Socket(options)
  const ended = new Promise<void>(resolve => socket.once('close', () => resolve()))
  const end = () => {
    held = false
  }
  socket.on('end', end).on('close', end).on('error', end).resume()

  return {
    descriptor,
    readEnd,
    ended,
    takeRest() {
      if (!held || socket.destroyed) return
      // What the socket reads may not be written while something is waiting.
      socket.pause()
      // What still writes may never stop; the pipe's own content is what this is for.
      for (let taken = 0; taken < MAX_PIPE_BYTES; ) {
        const chunk = Buffer.allocUnsafe(BUFFER_BYTES)
        try {
          const length = readSync(readEnd, chunk)
          if (length === 0) {
            held = false
            return
          }
          taken += length
          const piece = chunk.subarray(0, length)
          onChunk(piece)
          if (waiting) pending.push(piece)
          else waiting = !writer.write(piece)
        } catch (error) {
          const code = errorCode(error)
          if (code === 'EINTR') continue
          if (code !== 'EAGAIN') held = false
          break
        }
      }
      if (!waiting && !stopped && held) socket.resume()
    },
    written() {
      if (!waiting || writer.failed() !== undefined) return Promise.resolve()
      return new Promise(resolve => whenWritten.push(resolve))
    },
    isHeld: () => held,
    stop() {
      stopped = true
      socket.pause()
      return writer.close()
    },
    failure: () => writer.failed(),
  }
}

/** /proc/sys/fs/pipe-max-size is 1 MiB by default (pipe(7)). */
const MAX_PIPE_BYTES = 1_048_576

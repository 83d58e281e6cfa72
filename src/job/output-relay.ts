/** Copies a stream of the job to a descriptor of the wrapper: byte for byte, with back-pressure, through one buffer. */

import { readSync } from 'node:fs'
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { errorCode } from '../system/errors.ts'
import { createOutputWriter } from '../system/output-writer.ts'

export interface OutputRelay {
  readonly descriptor: 1 | 2
  readonly readEnd: number
  /** Reads everything that is in the pipe now, even if it cannot be written yet. */
  takeRest(): void
  /** Resolves once everything that was read is written, or writing has failed. */
  written(): Promise<void>
  /** Resolves when no more output can come: nobody has the write end open, or writing has failed. */
  readonly ended: Promise<void>
  /** True if another process still has the write end of the pipe open. */
  isHeld(): boolean
  /** Stops reading, and leaves `readEnd` open. Resolves once this process has no unwritten bytes. */
  stop(): Promise<void>
  /** The error code if writing has failed for good; undefined otherwise. */
  failure(): string | undefined
}

/** The size of the one buffer, which is used again and again: as much as a pipe holds (pipe(7)). */
const BUFFER_BYTES = 65_536

/** `onChunk` is called once for each chunk, as it is read. The chunk's bytes may change after it returns. */
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
      // The read end is now closed, so the job's next write fails like the wrapper's (SIGPIPE or EPIPE, write(2)).
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

  // Node.js documents `onread` for connect() only, but the constructor accepts it too.
  const all = Buffer.allocUnsafe(BUFFER_BYTES)
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: readEnd,
    readable: true,
    writable: false,
    onread: {
      buffer: all,
      callback(length) {
        // With much output, each read fills the buffer. That needs no new view.
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
      // While a write waits, the socket must not read: the writer accepts no further chunk.
      socket.pause()
      // Reads at most as much as a pipe can hold: another process may write to it forever.
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

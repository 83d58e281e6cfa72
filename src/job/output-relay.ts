/** Copies a stream of the job to a descriptor of the wrapper: byte for byte, with back-pressure, through one buffer. */

import { readSync } from 'node:fs'
import { errorCode } from '../system/errors.ts'
import { createOutputWriter, type OutputWriter, type WriterEvents } from '../system/output-writer.ts'
import { readPipe } from '../system/pipe-reader.ts'

export interface OutputRelay {
  readonly descriptor: 1 | 2
  readonly readEnd: number
  /** Reads everything that is in the pipe now, even if it cannot be written yet. */
  takeRest(): Promise<void>
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
  /** True if the output is dropped. */
  isDiscarding(): boolean
}

export type CreateWriter = (descriptor: 1 | 2, events: WriterEvents) => OutputWriter

/** As much as a pipe holds (pipe(7)). */
const BUFFER_BYTES = 65_536

/** `onChunk` is called once for each chunk, as it is read. The chunk's bytes may change after it returns. */
export function startOutputRelay(
  readEnd: number,
  descriptor: 1 | 2,
  onChunk: (chunk: Buffer, descriptor: 1 | 2) => void,
  createWriter: CreateWriter = createOutputWriter,
): OutputRelay {
  let waiting = false
  let held = true
  let stopped = false
  let pending: Buffer[] = []
  const whenWritten: (() => void)[] = []

  const writer = createWriter(descriptor, {
    onReady() {
      waiting = false
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        if (!writer.write(next)) {
          waiting = true
          return
        }
      }
      settleWritten()
      if (!stopped && held) reader.resume()
    },
    onFailure() {
      // The read end is now closed, so the job's next write fails like the wrapper's (SIGPIPE or EPIPE, write(2)).
      waiting = false
      held = false
      pending = []
      reader.destroy()
      settleWritten()
    },
  })

  function settleWritten(): void {
    for (const resolve of whenWritten.splice(0)) resolve()
  }

  function pass(chunk: Buffer): boolean {
    onChunk(chunk, descriptor)
    if (waiting) pending.push(chunk)
    else waiting = !writer.write(chunk)
    return !waiting
  }

  function written(): Promise<void> {
    if (!waiting || writer.failed() !== undefined) return Promise.resolve()
    return new Promise(resolve => whenWritten.push(resolve))
  }

  /** Asked before each use of `readEnd`: once it is closed, its number may be that of any file, and its bytes would be printed. */
  function isHeld(): boolean {
    return held && reader.isOpen()
  }

  const reader = readPipe(readEnd, pass)
  const ended = reader.closed.then(() => {
    if (!stopped) held = false
  })

  return {
    descriptor,
    readEnd,
    ended,
    async takeRest() {
      if (!isHeld() || stopped) return
      // While a write waits, nothing may be read: the writer accepts no further chunk.
      await reader.takeRead()
      if (!isHeld() || stopped) return
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
          pass(chunk.subarray(0, length))
        } catch (error) {
          const code = errorCode(error)
          if (code === 'EINTR') continue
          if (code !== 'EAGAIN') held = false
          break
        }
      }
      if (!waiting && !stopped && held) reader.resume()
    },
    written,
    isHeld,
    async stop() {
      // Immediately before the end of reading: after it, what was read before would be lost.
      await reader.takeRead()
      stopped = true
      reader.stop()
      await written()
      await writer.close()
    },
    failure: () => writer.failed(),
    isDiscarding: () => writer.isDiscarding?.() === true,
  }
}

/** /proc/sys/fs/pipe-max-size is 1 MiB by default (pipe(7)). */
const MAX_PIPE_BYTES = 1_048_576

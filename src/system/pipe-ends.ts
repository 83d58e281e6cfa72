/** What pipe-reader.ts and pipe-writer.ts do with the ends of a pipe. */

export interface PipeReader {
  resume(): void
  /** Pauses, after `onChunk` has got everything that was read before. The rest may then be read from the descriptor. */
  takeRead(): Promise<void>
  /** Stops for good, and leaves the descriptor open. Call `takeRead` first. */
  stop(): void
  /** Closes the descriptor. */
  destroy(): void
  /** False once the descriptor is closed. Another file may have its number by then. */
  readonly isOpen: () => boolean
  /** Resolves some time after the end of the pipe, after an error and after `destroy`. */
  readonly closed: Promise<void>
}

export interface PipeWriter {
  /** `piece` has at most PIPE_BUF bytes: it is written as a whole or not at all (POSIX, write). One at a time. */
  write(piece: Buffer): Promise<void>
  /** May close the descriptor. */
  destroy(): void
}

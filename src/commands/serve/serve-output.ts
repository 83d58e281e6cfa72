/** The output of `cronitor serve`: its address and the events on stdout, warnings on stderr. */

import { printable, printableJson } from '../../system/printable.ts'
import type { ServeProcess } from './serve-process.ts'

export interface ServeOutput {
  /** All lines of one commit: a write for each line would take longer than everything else that is done for an event. */
  readonly lines: (lines: readonly string[]) => void
  /** Prints the first line. Lines from earlier calls of `say` follow it. */
  readonly announce: (text: string, json: Readonly<Record<string, unknown>>) => void
  /** Prints a line after the first one. */
  readonly say: (text: string, json: Readonly<Record<string, unknown>>) => void
  /** One line on stderr. */
  readonly warn: (text: string) => void
  /** Why writing to stdout failed; undefined if it did not, or if nobody reads it any more. */
  readonly problem: () => string | undefined
}

/** How many bytes are kept for a reader that does not read. Events beyond that are not printed. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024

/** `onUnreadable` is called once, when writing to stdout fails. */
export function createServeOutput(
  { stdout, stderr }: Pick<ServeProcess, 'stdout' | 'stderr'>,
  isJson: boolean,
  onUnreadable: () => void,
): ServeOutput {
  let unreadable: NodeJS.ErrnoException | undefined
  let dropped = 0
  const waiting: string[] = []
  let isAnnounced = false

  const warn = (text: string) => void stderr.write(`cronitor: ${printable(text)}\n`)
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (unreadable !== undefined) return
    unreadable = error
    if (error.code !== 'EPIPE') warn(`cannot write to standard output: ${error.message}`)
    onUnreadable()
  })
  // If stderr fails, nobody can be warned.
  stderr.on('error', () => {})
  stdout.on('drain', () => {
    if (dropped > 0)
      warn(`${dropped} events were not printed because nobody read the output; they are stored`)
    dropped = 0
  })

  const write = (line: string) => {
    if (unreadable === undefined) stdout.write(`${line}\n`)
  }
  const form = (text: string, json: Readonly<Record<string, unknown>>) =>
    isJson ? printableJson(json) : printable(text)
  return {
    lines: lines => {
      if (lines.length === 0) return
      if (stdout.writableLength > MAX_BUFFERED_BYTES) dropped += lines.length
      else write(lines.join('\n'))
    },
    announce: (text, json) => {
      isAnnounced = true
      write(form(text, json))
      for (const line of waiting.splice(0)) write(line)
    },
    say: (text, json) => {
      if (isAnnounced) write(form(text, json))
      else waiting.push(form(text, json))
    },
    warn,
    problem: () => (unreadable === undefined || unreadable.code === 'EPIPE' ? undefined : unreadable.message),
  }
}

/** The lines that `cronitor serve` prints: its address, then the events; what is wrong on stderr. */

import { printable, printableJson } from '../../system/printable.ts'
import type { ServeProcess } from './serve-process.ts'

export interface ServeOutput {
  /** Those of one commit: a write for each line would take longer than all that is done for an event otherwise. */
  readonly lines: (lines: readonly string[]) => void
  /** The first line of all; those of `say` from before follow it. */
  readonly announce: (text: string, json: Readonly<Record<string, unknown>>) => void
  readonly say: (text: string, json: Readonly<Record<string, unknown>>) => void
  /** One line on stderr. */
  readonly warn: (text: string) => void
  /** What keeps stdout from being written to, other than that nobody reads it any more. */
  readonly problem: () => string | undefined
}

/** A reader that has stopped reading gets this many bytes when it goes on, and not the events after them. */
const MOST_WAITING = 16 * 1024 * 1024

/** `onUnreadable` is called once stdout cannot be written to. */
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
  // Where stderr cannot be written to, there is nobody to tell.
  stderr.on('error', () => {})
  stdout.on('drain', () => {
    if (dropped > 0) warn(`${dropped} events were not printed, since nobody read them; they are stored`)
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
      if (stdout.writableLength > MOST_WAITING) dropped += lines.length
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

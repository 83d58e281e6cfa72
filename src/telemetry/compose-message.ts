/** Composes the message of an event from a job's output and the reason for its failure. */

import { cleanOutput, knownStart } from './clean-output.ts'
import type { Message } from './event.ts'
import { cutAtEnd } from './fit-message.ts'
import { type FindHidden, redact, redactFrontCut } from './redact.ts'

const LF = 0x0a
const CR = 0x0d

/** In UTF-16 units. */
const MAX_REASON_LENGTH = 500

export interface PrintedOutput {
  /** The last bytes of the output. */
  readonly tail: Buffer
  /** The length of the whole output in bytes; more than `tail.length` if its front was dropped. */
  readonly totalBytes: number
  /** Why the job failed. Shortened to one line of at most 500 UTF-16 units. */
  readonly reason?: string
  readonly secrets: readonly string[]
  readonly findHidden?: FindHidden | undefined
}

/**
 * First cleans, then redacts, then cuts: with colours inside it or with its front cut off, a key would not be found.
 */
export function composeMessage(printed: PrintedOutput): Message {
  const { totalBytes, reason, secrets, findHidden } = printed
  const frontCut = totalBytes > printed.tail.length
  const tail = frontCut && findHidden !== undefined ? fromLineStart(printed.tail) : printed.tail
  const hide = (text: string, isFrontCut: boolean): string =>
    (isFrontCut ? redactFrontCut : redact)(text, secrets, findHidden)
  const output = hide(cleanOutput(tail, { frontCut, hide }), frontCut)
  const earlierBytes = frontCut ? totalBytes - tail.length + knownStart(tail) : 0
  const cleanedReason = cleanReason(reason ?? '', secrets, findHidden)
  return cleanedReason === '' ? { output, earlierBytes } : { output, earlierBytes, reason: cleanedReason }
}

/**
 * The tail without its first line, whose front is missing: an expression that would match the whole line may not match the rest.
 * The line break stays, so that the result is still known to be cut.
 */
function fromLineStart(tail: Buffer): Buffer {
  const start = tail.findIndex(byte => byte === LF || byte === CR)
  return start === -1 ? Buffer.alloc(0) : tail.subarray(start)
}

function cleanReason(reason: string, secrets: readonly string[], findHidden: FindHidden | undefined): string {
  const text = cleanOutput(Buffer.from(reason), { frontCut: false }).replaceAll('\n', ' ')
  return cutAtEnd(redact(text, secrets, findHidden), { units: MAX_REASON_LENGTH, encoded: Infinity })
}

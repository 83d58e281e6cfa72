/** Composes the message of an event from a job's output and the reason for its failure. */

import { cleanOutput, knownStart } from './clean-output.ts'
import type { Message } from './event.ts'
import { cutAtEnd } from './fit-message.ts'
import { redact, redactFrontCut } from './redact.ts'

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
}

/**
 * First cleans, then redacts, then cuts: with colours inside it or with its front cut off, a key would not be found.
 */
export function composeMessage({ tail, totalBytes, reason, secrets }: PrintedOutput): Message {
  const frontCut = totalBytes > tail.length
  const hide = (text: string, isFrontCut: boolean): string =>
    isFrontCut ? redactFrontCut(text, secrets) : redact(text, secrets)
  const output = hide(cleanOutput(tail, { frontCut, hide }), frontCut)
  const earlierBytes = frontCut ? totalBytes - tail.length + knownStart(tail) : 0
  const cleanedReason = cleanReason(reason ?? '', secrets)
  return cleanedReason === '' ? { output, earlierBytes } : { output, earlierBytes, reason: cleanedReason }
}

function cleanReason(reason: string, secrets: readonly string[]): string {
  const text = cleanOutput(Buffer.from(reason), { frontCut: false }).replaceAll('\n', ' ')
  return cutAtEnd(redact(text, secrets), { units: MAX_REASON_LENGTH, encoded: Infinity })
}

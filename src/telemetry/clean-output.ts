/** Turns a job's output into text: removes terminal sequences and control characters, and keeps the last state of redrawn lines. */

import { afterBackspaces } from './backspaces.ts'

const BS = 0x08
const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const ESC = 0x1b

/**
 * The longest escape sequence in bytes, including ESC. ECMA-48 sets no limit, but terminals do. Without a limit, the state in the
 * middle of a stream could depend on any earlier byte.
 */
export const MAX_SEQUENCE_BYTES = 4096

/** Second bytes that open a control string (ECMA-48, 8.3): DCS `P`, SOS `X`, OSC `]`, PM `^`, APC `_`. */
const STRING_OPENERS = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f])

export interface CleanOptions {
  /** True if the front of the output is missing. */
  readonly frontCut: boolean
  /**
   * Redacts secrets in a line before backspaces are applied; a partly overwritten secret would no longer be found.
   * `isFrontCut` is true if the front of the line is missing.
   */
  readonly hide?: (line: string, isFrontCut: boolean) => string
}

/**
 * Converts raw output to text, in linear time.
 *
 * - UTF-8 is decoded as in the Encoding Standard: an invalid part becomes U+FFFD.
 * - Escape sequences, C0 controls except line feed and tab, DEL, and U+0080 to U+009F are removed.
 * - Of a line with carriage returns, the last state that is not empty is kept, so CRLF ends a line like LF. A terminal could also
 *   show the ends of longer earlier states, because the `erase line` sequences are removed here.
 * - Backspaces are applied (backspaces.ts), and line breaks at the end are trimmed.
 *
 * With `frontCut`, the result is a suffix of what the complete output would give: reading starts at `knownStart`. If the rest of
 * the first line is empty, its line break is removed too. The exception is a first line with backspaces that reach beyond the
 * cut: it is shown as if it started at the cut.
 */
export function cleanOutput(bytes: Buffer, options: CleanOptions): string {
  const readable = options.frontCut ? bytes.subarray(knownStart(bytes)) : bytes
  const lines = withoutSequences(readable)
    .replace(/[\0\x7f-\x9f]/g, '')
    .split('\n')
    .map((line, index) => lastState(line, state => shown(state, options, index === 0)))
  // If the rest of the first line is empty, nothing is known about that line.
  const from = options.frontCut && lines[0] === '' ? 1 : 0
  let to = lines.length
  while (to > from && lines[to - 1] === '') to -= 1
  return lines.slice(from, to).join('\n')
}

/**
 * The first index at which the parser's state does not depend on the missing bytes.
 *
 * A C0 control ends any sequence and any incomplete UTF-8 character, so the state is known there. Without one, a sequence that
 * started before the cut has ended after the maximum length; then up to three bytes may belong to an earlier character.
 */
export function knownStart(bytes: Buffer): number {
  const limit = Math.min(bytes.length, MAX_SEQUENCE_BYTES - 1)
  for (let index = 0; index < limit; index += 1) {
    if (byteAt(bytes, index) < 0x20) return index
  }
  let start = limit
  while (start < limit + 3 && isContinuation(byteAt(bytes, start))) start += 1
  return start
}

/**
 * The decoded text, with a NUL for each escape sequence and each control byte. Without the NUL, the bytes on both sides
 * could join into a UTF-8 character that was never printed.
 */
function withoutSequences(bytes: Buffer): string {
  const kept = Buffer.allocUnsafe(bytes.length)
  let length = 0
  let index = 0
  while (index < bytes.length) {
    const byte = byteAt(bytes, index)
    if (byte === ESC) {
      index = sequenceEnd(bytes, index)
      kept[length] = 0
    } else {
      index += 1
      kept[length] = byte >= 0x20 || byte === LF || byte === CR || byte === TAB || byte === BS ? byte : 0
    }
    length += 1
  }
  return kept.toString('utf8', 0, length)
}

/** The index after the sequence that starts with ESC at `start`. A C0 control ends it, so ST (`ESC \`) is a separate sequence. */
function sequenceEnd(bytes: Buffer, start: number): number {
  const limit = Math.min(bytes.length, start + MAX_SEQUENCE_BYTES)
  const opener = byteAt(bytes, start + 1)
  if (STRING_OPENERS.has(opener)) return skip(bytes, start + 2, limit, 0x20, 0xff)
  const isControlSequence = opener === 0x5b
  // CSI: parameter and intermediate bytes, then a final byte from @ to ~. Others: intermediate bytes, then a final byte from 0 to ~.
  const index = isControlSequence
    ? skip(bytes, start + 2, limit, 0x20, 0x3f)
    : skip(bytes, start + 1, limit, 0x20, 0x2f)
  const lowestFinal = isControlSequence ? 0x40 : 0x30
  return skip(bytes, index, Math.min(limit, index + 1), lowestFinal, 0x7e)
}

function skip(bytes: Buffer, from: number, limit: number, lowest: number, highest: number): number {
  let index = from
  while (index < limit && byteAt(bytes, index) >= lowest && byteAt(bytes, index) <= highest) index += 1
  return Math.min(index, limit)
}

/** The last state of a line redrawn with CR that is not empty. */
function lastState(line: string, shownOf: (state: string) => string): string {
  for (let end = line.length; ; ) {
    const start = end === 0 ? 0 : line.lastIndexOf('\r', end - 1) + 1
    const text = shownOf(line.slice(start, end))
    if (text !== '' || start === 0) return text
    end = start - 1
  }
}

function shown(state: string, { frontCut, hide }: CleanOptions, isFirstLine: boolean): string {
  if (!state.includes('\b')) return state
  return afterBackspaces(hide?.(state, frontCut && isFirstLine) ?? state)
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** The byte at an index; 0 after the end, which is never part of a sequence. */
function byteAt(bytes: Buffer, index: number): number {
  return bytes[index] ?? 0
}

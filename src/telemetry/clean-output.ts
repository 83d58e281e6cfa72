/** Makes text of what a job printed: terminal sequences and control characters are gone, redrawn lines are their last state. */

import { afterBackspaces } from './backspaces.ts'

const BS = 0x08
const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const ESC = 0x1b

/**
 * Longest escape sequence in bytes, ESC included. ECMA-48 sets no limit; terminals do, and without one the state
 * at a byte in the middle of a stream could depend on any byte before it.
 */
export const MAX_SEQUENCE_BYTES = 4096

/** Second bytes that open a control string (ECMA-48, 8.3): DCS `P`, SOS `X`, OSC `]`, PM `^`, APC `_`. */
const STRING_OPENERS = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f])

export interface CleanOptions {
  readonly frontCut: boolean
  /**
   * Takes secrets out of a line, or a state of it, before backspaces are applied: of a secret that is half overwritten, the
   * rest would be no secret any more. `isFrontCut`: the line's front is missing.
   */
  readonly hide?: (line: string, isFrontCut: boolean) => string
}

/**
 * Text out of raw output bytes, in linear time.
 *
 * UTF-8 is decoded as by the Encoding Standard (an invalid part becomes U+FFFD). Gone are escape sequences, C0
 * controls but line feed and tab, DEL, and U+0080 to U+009F. A line with carriage returns is the last of its states
 * that is not empty, so CRLF ends a line as LF does; not what a terminal without `erase line` would show, since those
 * sequences are gone. Backspaces move back in a state, and what follows overwrites (backspaces.ts). Line breaks at the end
 * are trimmed.
 *
 * With `frontCut`, bytes in front of these are missing. What is returned is then a suffix of what the whole would
 * have given: reading starts at `knownStart`. If the rest of the first line holds no text, its line break goes too.
 * Backspaces make one exception: those that lead in front of the cut, and those in front of it that move the cursor, are not
 * known. The first line is then shown as if it began at the cut.
 */
export function cleanOutput(bytes: Buffer, options: CleanOptions): string {
  const readable = options.frontCut ? bytes.subarray(knownStart(bytes)) : bytes
  const lines = withoutSequences(readable)
    .replace(/[\0\x7f-\x9f]/g, '')
    .split('\n')
    .map((line, index) => lastState(line, state => shown(state, options, index === 0)))
  // A first line without its front gives a suffix of what the whole line would have given; if that is empty, it is unknown.
  const from = options.frontCut && lines[0] === '' ? 1 : 0
  let to = lines.length
  while (to > from && lines[to - 1] === '') to -= 1
  return lines.slice(from, to).join('\n')
}

/**
 * The earliest index at which the reading state does not depend on bytes that are missing in front.
 *
 * Each C0 control ends any sequence and any unfinished UTF-8 character, so its own effect and all behind it are
 * known. Where there is none, a sequence that began in front of the cut is over after its longest length; then up to three
 * bytes may belong to a character that began earlier.
 */
export function knownStart(bytes: Buffer): number {
  const over = Math.min(bytes.length, MAX_SEQUENCE_BYTES - 1)
  for (let index = 0; index < over; index += 1) {
    if (byteAt(bytes, index) < 0x20) return index
  }
  let start = over
  while (start < over + 3 && isContinuation(byteAt(bytes, start))) start += 1
  return start
}

/**
 * Decoded text in which each escape sequence and each control byte is one NUL: a NUL ends an unfinished UTF-8
 * character, so bytes on both sides of a sequence never join into one that nobody printed.
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

/** Index behind the sequence whose ESC is at `start`. A C0 control is never part of it, so ST (`ESC \`) is a sequence of its own. */
function sequenceEnd(bytes: Buffer, start: number): number {
  const limit = Math.min(bytes.length, start + MAX_SEQUENCE_BYTES)
  const opener = byteAt(bytes, start + 1)
  if (STRING_OPENERS.has(opener)) return skip(bytes, start + 2, limit, 0x20, 0xff)
  const isControlSequence = opener === 0x5b
  // CSI: parameter and intermediate bytes, then a final byte from @ to ~. Others: intermediate bytes, then 0 to ~.
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

/** What a reader sees of a line that was redrawn with CR: its last state that is not empty. */
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

/** The byte at an index; 0 behind the end, which no range above takes for a part of a sequence. */
function byteAt(bytes: Buffer, index: number): number {
  return bytes[index] ?? 0
}

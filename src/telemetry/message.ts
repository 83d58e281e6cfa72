/** Composes the message of an event from a job's output and the reason of its end, and cuts it to what a request can carry. */

import { cleanOutput, knownStart } from './clean.ts'
import { earlierMarker } from './earlier-marker.ts'
import { encodedLength, sizeOf, wellFormed } from './encoded-size.ts'
import type { Message } from './event.ts'
import { redact, redactFrontCut } from './redact.ts'

/** The API's limit of a message, in UTF-16 units. */
export const MAX_MESSAGE_UNITS = 2000

const MAX_REASON_UNITS = 500

/** How far around a cut a grapheme cluster is looked for, in UTF-16 units; the longest emoji sequences have about 35. */
const CLUSTER_REACH = 64

/** More than any marker and one more character take. */
const MARKER_ROOM = { units: 40, encoded: 100 } as const

export interface Printed {
  /** The last bytes that were printed. */
  readonly tail: Buffer
  /** How many bytes were printed in all; more than `tail` holds where its front was let go. */
  readonly totalBytes: number
  /** Why the job failed; at most 500 UTF-16 units of its first words are kept, as one line. */
  readonly reason?: string
  readonly secrets: readonly string[]
}

/** Cleans and redacts in this order and before any cut, so that neither colours in a key nor a cut in it let a part through. */
export function composeMessage(printed: Printed): Message {
  const { tail, totalBytes, secrets } = printed
  const frontCut = totalBytes > tail.length
  const hide = (text: string, isFrontCut: boolean): string =>
    isFrontCut ? redactFrontCut(text, secrets) : redact(text, secrets)
  const output = hide(cleanOutput(tail, { frontCut, hide }), frontCut)
  const earlierBytes = frontCut ? totalBytes - tail.length + knownStart(tail) : 0
  const reason = cleanReason(printed.reason ?? '', secrets)
  return reason === '' ? { output, earlierBytes } : { output, earlierBytes, reason }
}

function cleanReason(reason: string, secrets: readonly string[]): string {
  const text = cleanOutput(Buffer.from(reason), { frontCut: false }).replaceAll('\n', ' ')
  return cutBehind(redact(text, secrets), { units: MAX_REASON_UNITS, encoded: Infinity })
}

export interface MessageLimits {
  /** UTF-16 units; 2,000 unless given. */
  readonly maxUnits?: number
  /** Bytes of the message once `encodeURIComponent` has been applied. */
  readonly maxEncodedBytes: number
}

interface Room {
  readonly units: number
  readonly encoded: number
}

/**
 * The message as text within both limits: output, line break, reason. Output is cut at its front, never inside a
 * character, and the cut is said by a marker. Where not even one character of output fits, the reason stands alone; where
 * that is too long, its first words; undefined where nothing is left to say.
 */
export function fitMessage(message: Message, limits: MessageLimits): string | undefined {
  const room = { units: limits.maxUnits ?? MAX_MESSAGE_UNITS, encoded: limits.maxEncodedBytes }
  const output = wellFormed(message.output)
  const reason = wellFormed(message.reason ?? '')
  if (output !== '') {
    const behind = reason === '' ? '' : `\n${reason}`
    const left = { units: room.units - behind.length, encoded: room.encoded - encodedLength(behind) }
    const shown = cutInFront(output, message.earlierBytes, left)
    if (shown !== undefined) return shown + behind
  }
  const alone = cutBehind(reason, room)
  return alone === '' ? undefined : alone
}

/** The longest suffix of `output` that fits with the marker that it then needs; undefined where no character fits. */
function cutInFront(output: string, earlierBytes: number, room: Room): string | undefined {
  let hiddenBytes = earlierBytes + Buffer.byteLength(output)
  let units = 0
  let encoded = 0
  let best: number | undefined
  let at = output.length
  // From the end, so that the work is bounded by the limits, however long the output is.
  while (at > 0) {
    const size = sizeOf(codePointBefore(output, at))
    at -= size.units
    units += size.units
    encoded += size.encoded
    hiddenBytes -= size.bytes
    if (units > room.units || encoded > room.encoded) break
    // Far from full, the next character and any marker fit as well: no need to look.
    if (at > 0 && units + MARKER_ROOM.units <= room.units && encoded + MARKER_ROOM.encoded <= room.encoded)
      continue
    const marker = hiddenBytes === 0 ? '' : earlierMarker(hiddenBytes)
    if (units + marker.length <= room.units && encoded + encodedLength(marker) <= room.encoded) best = at
  }
  if (best === undefined) return undefined
  const start = clusterStart(output, best)
  const hidden = earlierBytes + Buffer.byteLength(output.slice(0, start))
  return (hidden === 0 ? '' : earlierMarker(hidden)) + output.slice(start)
}

function codePointBefore(text: string, index: number): number {
  const low = text.charCodeAt(index - 1)
  const isPair = low >= 0xdc00 && low <= 0xdfff
  return isPair ? (text.codePointAt(index - 2) ?? 0) : low
}

/**
 * Can it go on with a cluster (Unicode Standard Annex 29)? Marks, skin tones, flags, joiners and tags, Hangul jamo. The
 * expression is made where it is used: properties of Unicode cost a sixth of a millisecond.
 */
function canContinue(text: string): boolean {
  return /^[\p{M}\p{Emoji_Modifier}\p{Regional_Indicator}\p{Cf}\u1100-\u11ff]/u.test(text)
}

/**
 * The first boundary of grapheme clusters at or behind a cut, so that no skin tone or accent stands alone. Going on
 * to it drops at least one character beyond ASCII, which is more than the marker can grow by.
 */
function clusterStart(text: string, cut: number): number {
  // Making the first segmenter of a process takes 10 ms: only where the cut may be inside a cluster at all.
  if (cut === 0 || !(canContinue(text.slice(cut, cut + 2)) || text[cut - 1] === '\u200d')) return cut
  const from = Math.max(0, cut - CLUSTER_REACH)
  const around = text.slice(from, cut + CLUSTER_REACH)
  const segment = new Intl.Segmenter('en').segment(around).containing(cut - from)
  if (segment === undefined || segment.index === cut - from) return cut
  const next = from + segment.index + segment.segment.length
  return next < Math.min(text.length, cut + CLUSTER_REACH) ? next : cut
}

/** The first words of `text` within both limits, ended by `…` where something was cut; may be empty. */
function cutBehind(text: string, room: Room): string {
  const ellipsis = sizeOf(0x2026)
  let units = 0
  let encoded = 0
  let best = 0
  for (const character of text) {
    const size = sizeOf(character.codePointAt(0) ?? 0)
    units += size.units
    encoded += size.encoded
    if (units > room.units || encoded > room.encoded) return best === 0 ? '' : `${text.slice(0, best)}…`
    if (units + ellipsis.units <= room.units && encoded + ellipsis.encoded <= room.encoded) best = units
  }
  return text
}

/** Cuts a message to what a request can carry: 2,000 characters, and the room that is left in the request target. */

import { MAX_MESSAGE_LENGTH } from './api-limits.ts'
import { earlierMarker } from './earlier-marker.ts'
import { encodedLength, sizeOf, wellFormed } from './encoded-size.ts'
import type { Message } from './event.ts'

/** How far to search for the boundary of a grapheme cluster, in UTF-16 units; the longest emoji sequences have about 35. */
const CLUSTER_REACH = 64

/** More than the longest marker and one character need. */
const MARKER_ROOM = { units: 40, encoded: 100 } as const

export interface MessageLimits {
  /** In UTF-16 units. Default: `MAX_MESSAGE_LENGTH`. */
  readonly maxUnits?: number
  /** In bytes, after `encodeForQuery`. */
  readonly maxEncodedBytes: number
}

export interface Room {
  /** UTF-16 units. */
  readonly units: number
  /** Bytes after `encodeForQuery`. */
  readonly encoded: number
}

/**
 * The message as text within both limits: output, line break, reason. The front of the output is cut off, never inside a
 * character, and replaced by a marker. If no character of the output fits, only the reason is returned, cut at its end if
 * necessary. Undefined if the result is empty.
 */
export function fitMessage(message: Message, limits: MessageLimits): string | undefined {
  const room = { units: limits.maxUnits ?? MAX_MESSAGE_LENGTH, encoded: limits.maxEncodedBytes }
  const output = wellFormed(message.output)
  const reason = wellFormed(message.reason ?? '')
  if (output !== '') {
    const behind = reason === '' ? '' : `\n${reason}`
    const left = { units: room.units - behind.length, encoded: room.encoded - encodedLength(behind) }
    const shown = cutAtFront(output, message.earlierBytes, left)
    if (shown !== undefined) return shown + behind
  }
  const alone = cutAtEnd(reason, room)
  return alone === '' ? undefined : alone
}

/** The marker and the longest suffix of `output` that fits with it; undefined if no character fits. */
function cutAtFront(output: string, earlierBytes: number, room: Room): string | undefined {
  let hiddenBytes = earlierBytes + Buffer.byteLength(output)
  let units = 0
  let encoded = 0
  let best: number | undefined
  let at = output.length
  // Goes backwards from the end, so that the work depends on the limits and not on the output's length.
  while (at > 0) {
    const size = sizeOf(codePointBefore(output, at))
    at -= size.units
    units += size.units
    encoded += size.encoded
    hiddenBytes -= size.bytes
    if (units > room.units || encoded > room.encoded) break
    // Far below the limits, the next character and any marker fit too.
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
 * True if `text` may continue a grapheme cluster (Unicode Standard Annex 29): marks, skin tones, flags, joiners, tags, Hangul
 * jamo. The expression is not a constant, because compiling Unicode properties takes a sixth of a millisecond at start-up.
 */
function canContinue(text: string): boolean {
  return /^[\p{M}\p{Emoji_Modifier}\p{Regional_Indicator}\p{Cf}\u1100-\u11ff]/u.test(text)
}

/**
 * The first cluster boundary at or after a cut, so that a skin tone or an accent keeps its character. Moving the cut
 * drops at least one non-ASCII character, which is longer than what the marker can grow by.
 */
function clusterStart(text: string, cut: number): number {
  // The first segmenter of a process takes 10 ms, so it is only created if the cut may be inside a cluster.
  if (cut === 0 || !(canContinue(text.slice(cut, cut + 2)) || text[cut - 1] === '\u200d')) return cut
  const from = Math.max(0, cut - CLUSTER_REACH)
  const around = text.slice(from, cut + CLUSTER_REACH)
  const segment = new Intl.Segmenter('en').segment(around).containing(cut - from)
  if (segment === undefined || segment.index === cut - from) return cut
  const next = from + segment.index + segment.segment.length
  return next < Math.min(text.length, cut + CLUSTER_REACH) ? next : cut
}

/** The longest prefix of `text` within both limits, with `…` at its end if it was cut; may be empty. */
export function cutAtEnd(text: string, room: Room): string {
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

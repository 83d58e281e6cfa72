/** Cuts the texts of an event that are too long to be stored. */

import { MAX_MESSAGE_LENGTH } from '../../telemetry/api-limits.ts'
import { earlierMarker } from '../../telemetry/earlier-marker.ts'
import type { Ignored } from '../http/ignored-counter.ts'
import type { EventFields } from './telemetry-parameters.ts'

/** In characters, like the limit of a message. The longest host name has 253. */
const MAX_NAME_LENGTH = 1000

/** The length of the longest marker: `[… 999.9 kB earlier] `. */
const MARKER_LENGTH = 21

export interface Fitted {
  readonly fields: EventFields
  readonly ignored: readonly Ignored[]
}

/** Call it after keys are redacted, since half a key would not be recognized. */
export function fitTexts(fields: EventFields, ignored: readonly Ignored[]): Fitted {
  const { message, series, host, env } = fields
  // Almost all events. A text has no more characters than UTF-16 units.
  if (
    (message?.length ?? 0) <= MAX_MESSAGE_LENGTH &&
    [series, host, env].every(text => text === undefined || text.length <= MAX_NAME_LENGTH)
  )
    return { fields, ignored }

  const changed: { -readonly [Field in keyof EventFields]: EventFields[Field] } = { ...fields }
  const all = [...ignored]
  if (message !== undefined) {
    changed.message = endOf(message)
    if (changed.message !== message) {
      all.push({
        parameter: 'message',
        reason: `it has more than ${MAX_MESSAGE_LENGTH} characters: its beginning was cut off`,
      })
    }
  }
  for (const name of ['series', 'host', 'env'] as const) {
    const text = fields[name]
    if (text === undefined) continue
    const short = beginningOf(text)
    if (short === text) continue
    changed[name] = short
    all.push({
      parameter: name,
      reason: `it has more than ${MAX_NAME_LENGTH} characters: its end was cut off`,
    })
  }
  return { fields: changed, ignored: all }
}

/** As this project's own clients cut messages (fit-message.ts): the end of an output says what happened. */
function endOf(message: string): string {
  const characters = [...message]
  if (characters.length <= MAX_MESSAGE_LENGTH) return message
  const end = characters.slice(MARKER_LENGTH - MAX_MESSAGE_LENGTH).join('')
  return earlierMarker(Buffer.byteLength(message) - Buffer.byteLength(end)) + end
}

function beginningOf(text: string): string {
  const characters = [...text]
  return characters.length <= MAX_NAME_LENGTH ? text : `${characters.slice(0, MAX_NAME_LENGTH - 1).join('')}…`
}

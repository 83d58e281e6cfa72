/** Cuts the texts of an event that are too long to be stored. */

import { MAX_MESSAGE_LENGTH } from '../../telemetry/api-limits.ts'
import { earlierMarker } from '../../telemetry/earlier-marker.ts'
import type { Ignored } from '../http/ignored-counter.ts'
import type { EventFields } from './telemetry-parameters.ts'

/** In characters, like the limit of a message. A host name has up to 253; the URL of a CI job, as a series, can have more. */
const MAX_LENGTHS = { series: 1000, host: 255, env: 255 } as const

/** The length of the longest marker: `[… 999.9 kB earlier] `. */
const MARKER_LENGTH = 21

export interface Fitted {
  readonly fields: EventFields
  readonly ignored: readonly Ignored[]
}

/** Call it after keys are redacted, since half a key would not be recognized. */
export function fitTexts(fields: EventFields, ignored: readonly Ignored[]): Fitted {
  const { message = '', series = '', host = '', env = '' } = fields
  // Almost all events. A text has no more characters than UTF-16 units.
  if (
    message.length <= MAX_MESSAGE_LENGTH &&
    series.length <= MAX_LENGTHS.series &&
    host.length <= MAX_LENGTHS.host &&
    env.length <= MAX_LENGTHS.env
  )
    return { fields, ignored }

  const changed: { -readonly [Field in keyof EventFields]: EventFields[Field] } = { ...fields }
  const all = [...ignored]
  const set = (name: 'message' | keyof typeof MAX_LENGTHS, text: string, reason: string) => {
    if (text === (fields[name] ?? '')) return
    changed[name] = text
    all.push({ parameter: name, reason })
  }
  set(
    'message',
    endOf(message),
    `it has more than ${MAX_MESSAGE_LENGTH} characters: its beginning was cut off`,
  )
  for (const name of ['series', 'host', 'env'] as const) {
    const max = MAX_LENGTHS[name]
    set(name, beginningOf(fields[name] ?? '', max), `it has more than ${max} characters: its end was cut off`)
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

function beginningOf(text: string, maxLength: number): string {
  const characters = [...text]
  return characters.length <= maxLength ? text : `${characters.slice(0, maxLength - 1).join('')}…`
}

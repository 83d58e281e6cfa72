/** Removes API keys from events before they are stored. */

import { redact } from '../../telemetry/redact.ts'
import type { EventFields } from './telemetry-parameters.ts'

/** Replaces the keys in all texts of an event. */
export function redactKeys(fields: EventFields, ...keys: readonly (string | undefined)[]): EventFields {
  const known = keys.filter(key => key !== undefined)
  if (known.every(key => isAbsent(key, fields))) return fields
  const clean = (text: string) => redact(text, known)
  return {
    ...fields,
    ...(fields.series !== undefined && { series: clean(fields.series) }),
    ...(fields.host !== undefined && { host: clean(fields.host) }),
    ...(fields.env !== undefined && { env: clean(fields.env) }),
    ...(fields.message !== undefined && { message: clean(fields.message) }),
  }
}

/** True if no text contains the key. A quick check that is enough for almost every event; it is false if unsure. */
function isAbsent(key: string, { series = '', host = '', env = '', message = '' }: EventFields): boolean {
  // Percent-encoding does not change such a key, so that there is one form to search for (src/telemetry/redact.ts).
  return /^[\w.~-]*$/.test(key) && ![series, host, env, message].some(text => text.includes(key))
}

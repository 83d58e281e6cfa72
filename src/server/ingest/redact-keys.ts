/** Keeps API keys out of what is stored, whatever a client has sent. */

import { redact } from '../../telemetry/redact.ts'
import type { EventFields } from './telemetry-parameters.ts'

/** Each text of an event with the keys in it taken out. */
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

/** Told without a look at each of its forms, as it almost always can be. */
function isAbsent(key: string, { series = '', host = '', env = '', message = '' }: EventFields): boolean {
  // Of such a key the percent-encoded form is the key itself (src/telemetry/redact.ts).
  return /^[\w.~-]*$/.test(key) && ![series, host, env, message].some(text => text.includes(key))
}

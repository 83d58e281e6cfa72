/** Keeps API keys out of what is stored, whatever a client has sent. */

import { redact } from '../telemetry/redact.ts'
import type { EventFields } from './validate.ts'

/** Each text of an event with the keys in it taken out. */
export function withoutKey(fields: EventFields, ...keys: readonly (string | undefined)[]): EventFields {
  const known = keys.filter(key => key !== undefined)
  if (known.length === 0) return fields
  const clean = (text: string) => redact(text, known)
  return {
    ...fields,
    ...(fields.series !== undefined && { series: clean(fields.series) }),
    ...(fields.host !== undefined && { host: clean(fields.host) }),
    ...(fields.env !== undefined && { env: clean(fields.env) }),
    ...(fields.message !== undefined && { message: clean(fields.message) }),
  }
}

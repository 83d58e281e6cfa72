/** Checks what a person has given as an API key. */

import { parseApiKey } from '../../../settings/values.ts'

/** A shorter key would not be redacted in what jobs print (src/telemetry/redact.ts). */
const LEAST_LENGTH = 8
const MOST_LENGTH = 256

export type PlausibleKey =
  | { readonly ok: true; readonly key: string }
  /** Quotes nothing of the text. */
  | { readonly ok: false; readonly problem: string }

export function plausibleKey(text: string): PlausibleKey {
  const wrong = (problem: string) => ({ ok: false, problem }) as const
  const key = text.trim()
  if (key === '') return wrong('no key was given')
  if (/^[A-Z_]+=|^https?:|^["'`]|["'`]$/.test(key))
    return wrong('expected the key alone, without a name or quotes')
  if (key.length < LEAST_LENGTH || key.length > MOST_LENGTH) {
    return wrong(`expected a key of ${LEAST_LENGTH} to ${MOST_LENGTH} characters`)
  }
  return parseApiKey(key)
}

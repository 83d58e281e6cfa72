/** Whether there is an API key, and where it is from. */

import { type CheckResult, fine, problem } from '../check-result.ts'

export interface ApiKeyFacts {
  /** Undefined if there is no key. */
  readonly fingerprint: string | undefined
  readonly origin: string | undefined
  readonly isAnonymous: boolean
  /** Why the key that is set cannot be used. */
  readonly problems: readonly string[]
}

export function checkApiKey({ fingerprint, origin, isAnonymous, problems }: ApiKeyFacts): CheckResult {
  if (isAnonymous) return fine('api-key', 'events are sent without a key, because of --anonymous')
  if (fingerprint !== undefined) {
    const message = `${origin ?? 'a key'} (fingerprint ${fingerprint})`
    return fine('api-key', message, { from: origin, fingerprint })
  }
  const [first] = problems
  return problem(
    'api-key',
    first ?? 'there is no API key',
    'run cronitor configure, with --url for a server of your own',
  )
}

/** Who may read what the server has: `Authorization`, or the session of a browser that has logged in. */

import type { KeyRing } from '../http/route-context.ts'

export type Credentials =
  | { readonly kind: 'none' }
  /** Each text that may be the key. */
  | { readonly kind: 'given'; readonly candidates: readonly string[] }

/**
 * `Bearer KEY` (RFC 6750), or `Basic` (RFC 7617) with the key as user name or as password, which is what `curl -u` and
 * Prometheus write. A header that is neither counts as given: with nothing that could be the key.
 */
export function credentialsOf(authorization: string | undefined): Credentials {
  if (authorization === undefined || authorization === '') return { kind: 'none' }
  const [, scheme = '', value = ''] = /^([a-z]+) +(\S+) *$/i.exec(authorization) ?? []
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { kind: 'given', candidates: [value] }
    case 'basic': {
      const pair = Buffer.from(value, 'base64').toString('utf8')
      const colon = pair.indexOf(':')
      const candidates = colon < 0 ? [pair] : [pair.slice(0, colon), pair.slice(colon + 1)]
      return { kind: 'given', candidates: candidates.filter(text => text !== '') }
    }
    default:
      return { kind: 'given', candidates: [] }
  }
}

export type ReadAccess = 'allowed' | 'no-key' | 'wrong-key'

/** `hasSession`: the request has a cookie that the login has given out. */
export function readAccess(
  authorization: string | undefined,
  hasSession: () => boolean,
  keys: KeyRing,
): ReadAccess {
  const credentials = credentialsOf(authorization)
  switch (credentials.kind) {
    case 'none':
      return hasSession() ? 'allowed' : 'no-key'
    case 'given':
      return credentials.candidates.some(key => keys.isKnown(key)) ? 'allowed' : 'wrong-key'
    default:
      return credentials satisfies never
  }
}

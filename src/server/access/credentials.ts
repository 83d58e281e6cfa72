/**
 * Decides whether a request may read, by its Authorization header or by the session of a browser that has logged in.
 */

import type { KeyRing } from '../http/route-context.ts'

export type Credentials =
  | { readonly kind: 'none' }
  /** The texts that may be the key. */
  | { readonly kind: 'given'; readonly candidates: readonly string[] }

/**
 * `Bearer KEY` (RFC 6750), or `Basic` (RFC 7617) with the key as user name or password, as `curl -u` and Prometheus send
 * it. Any other header counts as a wrong key.
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

/** `hasSession`: true if the request has the cookie of a session that has not ended. */
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

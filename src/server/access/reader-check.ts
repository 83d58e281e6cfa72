/** Decides who may read a path of this server. If the server has keys, most paths need one. */

import type { IncomingMessage } from 'node:http'
import { type Answer, errorAnswer, tooManyRequests, withReason } from '../http/answer.ts'
import type { ClientOf } from '../http/client.ts'
import { audienceOf } from '../http/reserved-paths.ts'
import type { KeyRing } from '../http/route-context.ts'
import { readAccess } from './credentials.ts'

/** Limits attempts. `now` is the monotonic clock in milliseconds. */
export interface AttemptLimits {
  readonly admitUnknownKey: (
    address: string,
    now: number,
    endpoint: string,
  ) => { readonly kind: 'admitted' } | { readonly kind: 'refused'; readonly retryAfterSeconds: number }
}

export interface ReaderRules {
  /** Undefined: nobody needs a key. */
  readonly keys: KeyRing | undefined
  /** True if the request has the cookie of a session that has not ended. */
  readonly hasSession: (request: IncomingMessage) => boolean
  readonly clientOf: ClientOf
  readonly limits: AttemptLimits
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
}

export type ReaderDecision =
  | { readonly kind: 'allowed' }
  /** A browser without a session: `path` is the login page. */
  | { readonly kind: 'to-login'; readonly path: string }
  | { readonly kind: 'refused'; readonly answer: Answer }

/** `path` is the route's, such as `/monitors/*`. Requests with a wrong key are limited, so that keys cannot be guessed. */
export function checkReader(
  request: IncomingMessage,
  path: string,
  { keys, hasSession, clientOf, limits, clock }: ReaderRules,
): ReaderDecision {
  if (keys === undefined || audienceOf(path) === 'anyone') return { kind: 'allowed' }
  const access = readAccess(request.headers.authorization, () => hasSession(request), keys)
  switch (access) {
    case 'allowed':
      return { kind: 'allowed' }
    case 'no-key':
      return wantsPage(request, path)
        ? { kind: 'to-login', path: `/login?next=${encodeURIComponent(request.url ?? '/')}` }
        : { kind: 'refused', answer: KEY_NEEDED }
    case 'wrong-key': {
      const { address } = clientOf(request)
      // Cannot be the name of an endpoint for events.
      const admission = limits.admitUnknownKey(address, clock(), `wrong-key:${address}`)
      return {
        kind: 'refused',
        answer: withReason(
          admission.kind === 'refused' ? tooManyRequests(admission) : KEY_NEEDED,
          'unknown_key',
        ),
      }
    }
    default:
      return access satisfies never
  }
}

/** True for a browser that loads a page. Programs get an error that says what is missing. */
function wantsPage(request: IncomingMessage, path: string): boolean {
  if (request.method !== 'GET' || /^\/(api|metrics)(\/|$)/.test(path)) return false
  return /\btext\/html\b/i.test(request.headers.accept ?? '')
}

const KEY_NEEDED = errorAnswer(
  401,
  'this path needs an API key of this server: Authorization: Bearer KEY',
  undefined,
  { 'www-authenticate': 'Bearer realm="cronitor"' },
)

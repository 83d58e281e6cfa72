/** Keeps the server's own paths for those who show a key, where the server has keys. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Answer, errorAnswer, tooManyRequests } from '../http/answer.ts'
import { clientAddress } from '../http/client-address.ts'
import { audienceOf } from '../http/reserved-paths.ts'
import type { KeyRing } from '../http/route-context.ts'
import type { SendAnswer } from '../http/send-answer.ts'
import { readAccess } from './credentials.ts'

/** Limits how often something is tried. `now` is the monotonic clock in milliseconds. */
export interface TryLimits {
  readonly admit: (
    name: string,
    address: string,
    now: number,
  ) => { readonly kind: 'admitted' } | { readonly kind: 'refused'; readonly retryAfterSeconds: number }
}

export interface ReaderCheckOptions {
  /** Undefined: whoever is let in may read. */
  readonly keys: KeyRing | undefined
  /** Does a Cookie header hold a session that the login has given out? */
  readonly hasSession: (cookie: string | undefined) => boolean
  readonly limits: TryLimits
  readonly send: SendAnswer
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
}

type Verdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'to-login'; readonly path: string }
  | { readonly kind: 'refused'; readonly answer: Answer }

/** As a hook `onRequest`. Requests with a wrong key are limited, so that no key is found by trying. */
export function createReaderCheck(options: ReaderCheckOptions) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const verdict = judge(request, options)
    switch (verdict.kind) {
      case 'allowed':
        done()
        return
      case 'to-login':
        reply.redirect(verdict.path, 303)
        return
      case 'refused':
        options.send(reply, verdict.answer)
        return
      default:
        verdict satisfies never
    }
  }
}

function judge(request: FastifyRequest, { keys, hasSession, limits, clock }: ReaderCheckOptions): Verdict {
  const route = request.routeOptions.url ?? ''
  if (keys === undefined || audienceOf(route) === 'anyone') return { kind: 'allowed' }
  const reading = readAccess(request.headers.authorization, () => hasSession(request.headers.cookie), keys)
  switch (reading) {
    case 'allowed':
      return { kind: 'allowed' }
    case 'no-key':
      return isForPerson(request, route)
        ? { kind: 'to-login', path: `/login?next=${encodeURIComponent(request.url)}` }
        : { kind: 'refused', answer: KEY_NEEDED }
    case 'wrong-key': {
      const address = clientAddress(request.raw.socket.remoteAddress ?? '')
      // No endpoint has such a name.
      const admission = limits.admit(`wrong-key:${address}`, address, clock())
      return {
        kind: 'refused',
        answer: admission.kind === 'refused' ? tooManyRequests(admission) : KEY_NEEDED,
      }
    }
  }
}

/** Does a browser ask for a page to show? Programs get an answer that says what is missing. */
function isForPerson(request: FastifyRequest, route: string): boolean {
  if (request.method !== 'GET' || /^\/(api|metrics)(\/|$)/.test(route)) return false
  return /\btext\/html\b/i.test(request.headers.accept ?? '')
}

const KEY_NEEDED = errorAnswer(
  401,
  "an API key of this server's is needed: Authorization: Bearer KEY",
  undefined,
  { 'www-authenticate': 'Bearer realm="cronitor"' },
)

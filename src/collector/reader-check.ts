/** Keeps the server's own paths for those who show a key, where the server has keys. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { refusal, tooManyRequests } from './answer.ts'
import { clientAddress } from './client-address.ts'
import type { KeyRing } from './context.ts'
import type { Limits } from './limits.ts'
import { audienceOf } from './own-paths.ts'
import { mayRead } from './readers.ts'
import type { Send } from './send.ts'

export interface ReaderCheckOptions {
  /** Undefined: whoever is let in may read. */
  readonly keys: KeyRing | undefined
  /** Does a Cookie header hold a session that the login has given out? */
  readonly hasSession: (cookie: string | undefined) => boolean
  readonly limits: Limits
  readonly send: Send
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
}

/** As a hook `onRequest`. Requests with a wrong key are limited, so that no key is found by trying. */
export function readerCheck({ keys, hasSession, limits, send, clock }: ReaderCheckOptions) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const route = request.routeOptions.url ?? ''
    if (keys === undefined || audienceOf(route) === 'anyone') return done()
    const reading = mayRead(request.headers.authorization, () => hasSession(request.headers.cookie), keys)
    switch (reading) {
      case 'allowed':
        return done()
      case 'no-key':
        if (!isForPerson(request, route)) return send(reply, KEY_NEEDED)
        reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 303)
        return
      case 'wrong-key': {
        const address = clientAddress(request.raw.socket.remoteAddress ?? '')
        // No endpoint has such a name.
        const admission = limits.admit(`wrong-key:${address}`, address, clock())
        return send(reply, admission.kind === 'refused' ? tooManyRequests(admission) : KEY_NEEDED)
      }
      default:
        reading satisfies never
    }
  }
}

/** Does a browser ask for a page to show? Programs get an answer that says what is missing. */
function isForPerson(request: FastifyRequest, route: string): boolean {
  if (request.method !== 'GET' || /^\/(api|metrics)(\/|$)/.test(route)) return false
  return /\btext\/html\b/i.test(request.headers.accept ?? '')
}

const KEY_NEEDED = refusal(
  401,
  "an API key of this server's is needed: Authorization: Bearer KEY",
  undefined,
  { 'www-authenticate': 'Bearer realm="cronitor"' },
)

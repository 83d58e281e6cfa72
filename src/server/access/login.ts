/** /login and /logout: an API key is exchanged for a cookie, so that a browser can show the page. */

import type { FastifyInstance, FastifyReply } from 'fastify'
import { isCrossSite } from '../http/cross-site-form.ts'
import type { RouteContext } from '../http/route-context.ts'
import { createAttempts } from './login-attempts.ts'
import type { Sessions } from './sessions.ts'

/** A key and a path; what is longer is no login. */
const MAX_FORM_BYTES = 8 * 1024

/** Sends the page to log in on. `next`: the path to go on to; `problem`: why the last attempt failed. */
export type ShowLogin = (reply: FastifyReply, status: number, next: string, problem?: string) => FastifyReply

/** To be registered where keys are set or not; without keys there is nothing to log in to, and both lead to the page. */
export function registerLogin(
  app: FastifyInstance,
  context: RouteContext,
  sessions: Sessions,
  show: ShowLogin,
): void {
  const attempts = createAttempts()

  // A scope of its own: the form is read here and nowhere else.
  app.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    )

    scope.get('/login', (request, reply) => {
      const next = pathOf(new URLSearchParams(request.raw.url?.split('?')[1]).get('next'))
      const isIn = context.keys === undefined || sessions.accepts(request.headers.cookie)
      return isIn ? reply.redirect(next, 303) : show(reply, 200, next)
    })

    scope.post('/login', (request, reply) => {
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
      const next = pathOf(form.get('next'))
      if (isCrossSite(request.headers)) {
        return show(reply, 403, next, 'This came from another site. Log in here.')
      }
      if (context.keys === undefined) return reply.redirect(next, 303)
      const now = context.wallClock()
      const wait = attempts.wait(request.ip, now)
      if (wait > 0) {
        const seconds = Math.ceil(wait / 1000)
        reply.header('retry-after', String(seconds))
        return show(reply, 429, next, `Too many wrong keys. Try again in ${seconds} seconds.`)
      }
      const key = (form.get('key') ?? '').trim()
      if (!context.keys.isKnown(key)) {
        attempts.failed(request.ip, now)
        return show(
          reply,
          401,
          next,
          'This server does not know that key. Its keys are in its --api-key-file.',
        )
      }
      return reply.header('set-cookie', sessions.begin(key)).redirect(next, 303)
    })

    scope.post('/logout', (request, reply) => {
      if (isCrossSite(request.headers)) return reply.redirect('/', 303)
      return reply.header('set-cookie', sessions.end(request.headers.cookie)).redirect('/login', 303)
    })
  })
}

/** Where to go after logging in: a path of this server, whatever was sent. */
function pathOf(next: string | null): string {
  // A browser reads // and /\ as the start of another host, and drops tabs and line feeds before it does.
  return next !== null && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next) ? next : '/'
}

/** /login and /logout: exchange an API key for a session cookie, so that a browser can show the page. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isCrossSite } from '../http/cross-site-form.ts'
import { readForm } from '../http/read-form.ts'
import { getRoute, postRoute, type Route } from '../http/route.ts'
import type { RouteContext } from '../http/route-context.ts'
import { redirect, type SendAnswer } from '../http/send-answer.ts'
import { createAttempts } from './login-attempts.ts'
import type { Sessions } from './sessions.ts'

/** Enough for a key and a path. */
const MAX_FORM_BYTES = 8 * 1024

/** Sends the login page. `next`: the path to go to after the login; `problem`: why the last attempt failed. */
export type ShowLogin = (response: ServerResponse, status: number, next: string, problem?: string) => void

/** If the server has no keys, nobody needs to log in: /login redirects at once. */
export function loginRoutes(
  context: RouteContext,
  sessions: Sessions,
  show: ShowLogin,
  send: SendAnswer,
): Route[] {
  const { clientOf, clock, refusals } = context
  const attempts = createAttempts()

  function showForm(request: IncomingMessage, response: ServerResponse): void {
    const next = localPath(new URLSearchParams(request.url?.split('?')[1]).get('next'))
    const isIn = context.keys === undefined || sessions.accepts(request)
    if (isIn) redirect(response, next)
    else show(response, 200, next)
  }

  async function logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request, MAX_FORM_BYTES)
    if (form.kind === 'refused') return send(response, form.answer)
    const next = localPath(form.fields.get('next'))
    if (isCrossSite(request.headers, clientOf(request).forwardedHost)) {
      refusals.count({ status: 403, reason: 'cross_site' })
      return show(response, 403, next, 'The form was sent by another site. Log in here.')
    }
    if (context.keys === undefined) return redirect(response, next)
    const client = clientOf(request)
    const { address } = client
    const now = clock()
    const wait = attempts.wait(address, now)
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000)
      response.setHeader('retry-after', String(seconds))
      refusals.count({ status: 429, reason: 'unknown_key' })
      return show(response, 429, next, `Too many wrong keys. Try again in ${seconds} seconds.`)
    }
    const key = (form.fields.get('key') ?? '').trim()
    if (!context.keys.isKnown(key)) {
      attempts.failed(address, now)
      const error = 'a login with an unknown API key'
      refusals.count({ status: 401, reason: 'unknown_key', details: { error, client } })
      return show(
        response,
        401,
        next,
        'This server does not know that key. The valid keys are in its --api-key-file.',
      )
    }
    response.setHeader('set-cookie', await sessions.begin(request, key))
    redirect(response, next)
  }

  async function logOut(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request, MAX_FORM_BYTES)
    if (form.kind === 'refused') return send(response, form.answer)
    if (isCrossSite(request.headers, clientOf(request).forwardedHost)) return redirect(response, '/')
    response.setHeader('set-cookie', await sessions.end(request))
    redirect(response, '/login')
  }

  return [getRoute('/login', showForm), postRoute('/login', logIn), postRoute('/logout', logOut)]
}

/** The path if it is one of this server, else `/`. */
function localPath(next: string | null): string {
  // Browsers take // and /\ for the start of another host, after they have removed tabs and line feeds.
  return next !== null && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next) ? next : '/'
}

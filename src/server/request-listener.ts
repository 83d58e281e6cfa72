/** Answers each HTTP request: by a route, or else as an event. */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { checkReader, type ReaderRules } from './access/reader-check.ts'
import { failureAnswer } from './failure-answer.ts'
import { noSuchMethod } from './http/answer.ts'
import { type CheckOptions, checkRequest } from './http/check-request.ts'
import type { Route } from './http/route.ts'
import type { Router } from './http/router.ts'
import { redirect, type SendAnswer } from './http/send-answer.ts'

export interface ListenerOptions {
  readonly checks: CheckOptions
  readonly router: Router
  readonly readers: ReaderRules
  /** Called before a reader is checked; undefined if there is nothing to wait for. */
  readonly loadSession: (request: IncomingMessage) => Promise<void> | undefined
  /** Takes the requests that match no route. */
  readonly takeEvent: (request: IncomingMessage, response: ServerResponse) => void
  readonly send: SendAnswer
  /** Called with an error that a route has thrown. */
  readonly onError: (error: unknown) => void
  /** Aborted when the server ends: connections are not kept after that. */
  readonly closing: AbortSignal
}

export function createRequestListener(options: ListenerOptions): RequestListener {
  const { checks, router, readers, loadSession, takeEvent, send, onError, closing } = options

  async function run(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await route.handle(request, response)
    } catch (error) {
      // The client has gone away: that is the reason for the error, or the client needs no answer.
      if (response.destroyed) return
      onError(error)
      if (response.headersSent) response.destroy()
      else send(response, failureAnswer(error))
    }
  }

  const answer = (route: Route, request: IncomingMessage, response: ServerResponse) => {
    const decision = checkReader(request, route.path, readers)
    switch (decision.kind) {
      case 'allowed':
        return void run(route, request, response)
      case 'to-login':
        return redirect(response, decision.path)
      case 'refused':
        return send(response, decision.answer)
      default:
        return decision satisfies never
    }
  }

  return (request, response) => {
    if (closing.aborted) response.setHeader('connection', 'close')
    const refused = checkRequest(request, checks)
    if (refused !== undefined) return send(response, refused)

    const found = router.find(request.method ?? '', request.url ?? '')
    switch (found.kind) {
      case 'no-such-path':
        return takeEvent(request, response)
      case 'no-such-method':
        return send(response, noSuchMethod(found.allow))
      case 'route':
        break
      default:
        return found satisfies never
    }

    const { route } = found
    const loading = loadSession(request)
    if (loading === undefined) return answer(route, request, response)
    loading.then(
      () => answer(route, request, response),
      error => {
        onError(error)
        send(response, failureAnswer(error))
      },
    )
  }
}

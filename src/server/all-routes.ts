/** All paths besides those for events. http/reserved-paths.ts says which of them need a key. */

import type { IncomingMessage } from 'node:http'
import { readAccess } from './access/credentials.ts'
import { loginRoutes } from './access/login.ts'
import { createSessions } from './access/sessions.ts'
import { apiRoutes } from './api/api-routes.ts'
import { healthzRoute } from './api/healthz.ts'
import { metricsRoute } from './api/metrics.ts'
import type { Route } from './http/route.ts'
import type { CanStillRead, RouteContext } from './http/route-context.ts'
import { createSendAnswer } from './http/send-answer.ts'
import { pageRoutes } from './page/page-routes.ts'
import { robotsRoute } from './page/robots.ts'
import { createShowLogin } from './page/show-login.ts'

export interface ServerRoutes {
  readonly routes: readonly Route[]
  /** True if the request has the cookie of a session that has not ended. */
  readonly hasSession: (request: IncomingMessage) => boolean
  /** Asks other servers' sessions for that of the request, before `hasSession`. Undefined if there is nothing to ask. */
  readonly loadSession?: (request: IncomingMessage) => Promise<void> | undefined
}

export function createRoutes(context: RouteContext): ServerRoutes {
  const sessions = createSessions(context)
  const { keys, clientOf, refusals, version } = context
  const send = createSendAnswer(refusals, clientOf)
  const canStillRead: CanStillRead = request =>
    keys === undefined ||
    readAccess(request.headers.authorization, () => sessions.accepts(request), keys) === 'allowed'
  return {
    routes: [
      ...pageRoutes(context, canStillRead),
      ...loginRoutes(context, sessions, createShowLogin(version), send),
      ...apiRoutes(context, canStillRead),
      metricsRoute(context),
      healthzRoute(context),
      robotsRoute,
    ],
    hasSession: sessions.accepts,
    loadSession: sessions.load,
  }
}

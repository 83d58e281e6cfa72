/** All paths of the server's own, and who has logged in to them. reserved-paths.ts says which of them need a key. */

import { readAccess } from './access/credentials.ts'
import { registerLogin } from './access/login.ts'
import { createSessions } from './access/sessions.ts'
import { registerHealthz } from './api/healthz.ts'
import { registerMetrics } from './api/metrics.ts'
import { registerApiRoutes } from './api/routes.ts'
import type { CanStillRead, RouteContext, Routes } from './http/route-context.ts'
import { registerRobots } from './page/robots.ts'
import { registerPage } from './page/routes.ts'
import { createShowLogin } from './page/show-login.ts'

export interface ServerRoutes {
  readonly routes: readonly Routes[]
  /** Does a Cookie header hold a session that the login has given out? */
  readonly hasSession: (cookie: string | undefined) => boolean
}

export function createRoutes(context: RouteContext): ServerRoutes {
  const sessions = createSessions(context)
  const { keys } = context
  const canStillRead: CanStillRead = ({ headers }) =>
    keys === undefined ||
    readAccess(headers.authorization, () => sessions.accepts(headers.cookie), keys) === 'allowed'
  return {
    routes: [
      (app, own) => registerPage(app, own, canStillRead),
      (app, own) => registerLogin(app, own, sessions, createShowLogin(own.version)),
      (app, own) => registerApiRoutes(app, own, canStillRead),
      registerMetrics,
      registerHealthz,
      registerRobots,
    ],
    hasSession: sessions.accepts,
  }
}

/** All paths of the server's own, and who has logged in to them. own-paths.ts says which of them need a key. */

import { registerLogin } from '../access/login.ts'
import { mayRead } from '../access/readers.ts'
import { createSessions } from '../access/sessions.ts'
import { registerApi } from '../api/api.ts'
import { registerHealth } from '../api/health.ts'
import { registerMetrics } from '../api/metrics.ts'
import { registerPage } from '../page/routes.ts'
import { showLogin } from '../page/show-login.ts'
import type { CollectorContext, MayStillRead, Routes } from '../request/context.ts'
import { registerRobots } from './robots.ts'

export interface OwnRoutes {
  readonly routes: readonly Routes[]
  /** Does a Cookie header hold a session that the login has given out? */
  readonly hasSession: (cookie: string | undefined) => boolean
}

export function ownRoutes(context: CollectorContext): OwnRoutes {
  const sessions = createSessions(context)
  const { keys } = context
  const mayStillRead: MayStillRead = ({ headers }) =>
    keys === undefined ||
    mayRead(headers.authorization, () => sessions.accepts(headers.cookie), keys) === 'allowed'
  return {
    routes: [
      (app, own) => registerPage(app, own, mayStillRead),
      (app, own) => registerLogin(app, own, sessions, showLogin(own.version)),
      (app, own) => registerApi(app, own, mayStillRead),
      registerMetrics,
      registerHealth,
      registerRobots,
    ],
    hasSession: sessions.accepts,
  }
}

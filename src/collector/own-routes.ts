/** All paths of the server's own, and who has logged in to them. own-paths.ts says which of them need a key. */

import { registerApi } from './api/api.ts'
import { registerHealth } from './api/health.ts'
import { registerMetrics } from './api/metrics.ts'
import type { CollectorContext, Routes } from './context.ts'
import { registerLogin } from './login.ts'
import { registerPage } from './page/routes.ts'
import { registerRobots } from './robots.ts'
import { createSessions } from './sessions.ts'

export interface OwnRoutes {
  readonly routes: readonly Routes[]
  /** Does a Cookie header hold a session that the login has given out? */
  readonly hasSession: (cookie: string | undefined) => boolean
}

export function ownRoutes(context: CollectorContext): OwnRoutes {
  const sessions = createSessions(context)
  return {
    routes: [
      (app, own) => registerPage(app, own),
      (app, own) => registerLogin(app, own, sessions),
      registerApi,
      registerMetrics,
      registerHealth,
      registerRobots,
    ],
    hasSession: sessions.accepts,
  }
}

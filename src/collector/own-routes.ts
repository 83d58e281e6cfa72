/** All paths of the server's own, and who has logged in to them. own-paths.ts says which of them need a key. */

import type { CollectorContext, Routes } from './context.ts'
import { registerRobots } from './robots.ts'

export interface OwnRoutes {
  readonly routes: readonly Routes[]
  /** Does a Cookie header hold a session that the login has given out? */
  readonly hasSession: (cookie: string | undefined) => boolean
}

export function ownRoutes(_context: CollectorContext): OwnRoutes {
  return { routes: [registerRobots], hasSession: () => false }
}

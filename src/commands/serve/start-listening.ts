/** Starts the HTTP server of `cronitor serve` on the address of its options. */

import { createRoutes } from '../../server/all-routes.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../server/server.ts'
import { DEFAULT_PORT } from '../../settings/defaults.ts'
import { VERSION } from '../../system/version.ts'
import { listenProblem } from './listen-problem.ts'
import type { LoadedAccess } from './load-access.ts'
import type { ServeOptions } from './serve-options.ts'

export type Listening =
  | { readonly ok: true; readonly server: RunningServer; readonly url: string }
  /** One line. */
  | { readonly ok: false; readonly problem: string }

type ServerParts = Pick<
  ServerOptions,
  'store' | 'limits' | 'refusals' | 'ignoredCounter' | 'isLatenessPaused' | 'dutyStates' | 'warn'
>

export async function startListening(
  options: ServeOptions,
  access: LoadedAccess & { readonly ok: true },
  parts: ServerParts,
): Promise<Listening> {
  const { keys, redactor, certificate, trustedProxies, relays, listen } = access
  const port = options.port ?? DEFAULT_PORT
  try {
    const server = await startServer({
      ...parts,
      port,
      address: listen.address,
      keys,
      redactor,
      allowAnonymous: keys === undefined || options.allowAnonymous === true,
      isStrict: options.strict === true,
      certificate,
      trustedProxies,
      relays,
      createRoutes,
      version: VERSION,
      wallClock: parts.store.now,
    })
    const scheme = certificate === undefined ? 'http' : 'https'
    return { ok: true, server, url: `${scheme}://${listen.host}:${server.port}` }
  } catch (error) {
    return {
      ok: false,
      problem: `cannot listen on ${listen.host}:${port}: ${listenProblem(error, '--port')}`,
    }
  }
}

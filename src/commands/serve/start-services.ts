/** What `cronitor serve` does beside answering requests. Each service is started before events are taken, and ended after. */

import { DEFAULT_RETAIN_MS } from '../../settings/defaults.ts'
import type { Service, ServiceContext, StartService } from './service.ts'
import { startWatch } from './start-alerts.ts'
import { startMail } from './start-mail.ts'
import { startPruning } from './start-pruning.ts'
import { startRelayService } from './start-relay.ts'

const SERVICES: readonly StartService[] = [
  startWatch,
  ({ store, options, warn }) => ({
    ok: true,
    service: startPruning({
      store,
      retainMs: options.retain ?? DEFAULT_RETAIN_MS,
      warn,
      wallClock: Date.now,
    }),
  }),
  startRelayService,
  // The last one, so that it is closed first: what the others do is done for its events, too.
  startMail,
]

/** Puts each service that was started into `started`, in this order. Returns what keeps the server from starting. */
export async function startServices(
  context: ServiceContext,
  started: Service[],
): Promise<string | undefined> {
  for (const start of SERVICES) {
    const outcome = await start(context)
    if (!outcome.ok) return outcome.problem
    started.push(outcome.service)
  }
  return undefined
}

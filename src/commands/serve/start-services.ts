/** The services of `cronitor serve`: all that it does besides answering HTTP requests. */

import type { Service, ServiceContext, StartService } from './service.ts'
import { startExpectService } from './start-expectations.ts'
import { startMailService } from './start-mail.ts'
import { startNotifyService } from './start-notify.ts'
import { startPruningService } from './start-pruning.ts'
import { startRelayService } from './start-relay.ts'

/** In the order in which they start; they are closed in reverse. */
const SERVICES: readonly StartService[] = [
  // Before the expectations: new ones can end the lateness of a monitor, and that change is reported.
  startNotifyService,
  startExpectService,
  startPruningService,
  startRelayService,
  // Last, so that it is closed first: the services above still get its events.
  startMailService,
]

/** Adds each service to `started` as it starts. Returns the problem of the first one that cannot start. */
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

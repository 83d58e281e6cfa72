/** The services of `cronitor serve`: all that it does besides answering HTTP requests. */

import type { NotStarted, Service, ServiceContext, StartService } from './service.ts'
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

/**
 * Returns a function that starts the services, and adds each one to `started`. It returns the problem of the first one that
 * cannot start; the next call begins with that one.
 */
export function serviceStarter(
  context: ServiceContext,
  started: Service[],
  services: readonly StartService[] = SERVICES,
): () => Promise<NotStarted | undefined> {
  const waiting = [...services]
  return async () => {
    for (let start = waiting[0]; start !== undefined; start = waiting[0]) {
      const outcome = await start(context)
      if (!outcome.ok) return outcome
      started.push(outcome.service)
      waiting.shift()
    }
    return undefined
  }
}

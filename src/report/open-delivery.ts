/** Opens the delivery of a command's events: the HTTP client, the event log and the lines of `--verbose`, joined. */

import { createDelivery, type Delivery } from '../client/delivery.ts'
import type { SharedRateLimit } from '../client/delivery-tools.ts'
import type { DeliveryReport } from '../client/event-result.ts'
import { openClient } from '../client/http.ts'
import { openKeyInUse } from '../client/key-in-use.ts'
import { openAddresses } from '../client/open-addresses.ts'
import { readKeyFile } from '../settings/key-file.ts'
import type { Settings } from '../settings/settings.ts'
import { openSharedRateLimit } from '../spool/shared-rate-limit.ts'
import { monotonicMs } from '../system/clock.ts'
import { sleep } from '../system/sleep.ts'
import { VERSION } from '../system/version.ts'
import type { Destination, TelemetryEvent } from '../telemetry/event.ts'
import { describeDelivery } from './describe-delivery.ts'
import { openEventLog } from './event-log.ts'
import type { Notices } from './notices/notices.ts'
import type { SpoolKeeper } from './spool-keeper.ts'

export interface DeliveryOptions {
  readonly settings: Settings
  readonly destination: Destination
  readonly notices: Notices
  /** The API's rate limit as the commands of this host share it; undefined without a spool. */
  readonly sharedLimit: SharedRateLimit | undefined
  /** Called if the API refuses the key, and the key file holds another one. */
  readonly onNewKey?: (apiKey: string) => void
  readonly onDelivered?: (event: TelemetryEvent) => void
}

export function openDelivery(options: DeliveryOptions): Delivery {
  const { settings, destination, notices, sharedLimit, onNewKey, onDelivered } = options
  const log = openEventLog(settings, text => notices.warn(text))
  const report = (what: DeliveryReport): void => {
    if (what.kind === 'delivered') onDelivered?.(what.event)
    log.write(what)
    notices.verbose(describeDelivery(what))
  }
  const open = (origin: string) => openClient({ origin, env: process.env, version: VERSION })
  const client = open(destination.baseUrl)
  // Connects while the record of the run is written, which must be on disk before the first event is sent.
  client.then(
    ready => ready.connect(),
    () => {},
  )
  const { sender } = openKeyInUse(settings, destination, readKeyFile, onNewKey)
  const addresses = openAddresses(destination, settings.deliverWithinMs, (event, problem) =>
    report({ kind: 'next-address', event, problem }),
  )
  return createDelivery({
    send: addresses.sender(url => sender(url === destination.baseUrl ? client : open(url), url)),
    now: monotonicMs,
    sleep,
    random: Math.random,
    ...(sharedLimit && { sharedLimit }),
    report,
  })
}

/** The sharedLimit that the commands of this host keep by way of the spool. */
export function rateLimitOf({ spool }: SpoolKeeper, { baseUrl }: Destination): SharedRateLimit {
  return openSharedRateLimit(spool, new URL(baseUrl).origin, monotonicMs)
}

/** The same for a spool that is still being opened: without limits until then. */
export function rateLimitOnceOpen(
  opening: Promise<SpoolKeeper | undefined>,
  destination: Destination,
): SharedRateLimit {
  let limit: SharedRateLimit | undefined
  void opening.then(keeper => {
    limit = keeper && rateLimitOf(keeper, destination)
  })
  return {
    waitMs: async () => (await limit?.waitMs()) ?? 0,
    noteLimit: async ms => limit?.noteLimit(ms),
  }
}

/** The delivery of a command's events: client, queue, log and the words of --verbose, joined. */

import { createDelivery, type Delivery } from '../client/delivery.ts'
import type { SharedRateLimit } from '../client/delivery-tools.ts'
import { openClient } from '../client/http.ts'
import { openKeyInUse } from '../client/key-in-use.ts'
import { readKeyFile } from '../settings/key-file.ts'
import type { Settings } from '../settings/settings.ts'
import { monotonicMs } from '../system/clock.ts'
import { sleep } from '../system/sleep.ts'
import { VERSION } from '../system/version.ts'
import type { Destination, TelemetryEvent } from '../telemetry/event.ts'
import { describeReport } from './descriptions.ts'
import { openEventLog } from './event-log.ts'
import type { Notices } from './notices/notices.ts'

export interface DeliveryOptions {
  readonly settings: Settings
  readonly destination: Destination
  readonly notices: Notices
  /** What is shared with others on this host; undefined where there is no place for it. */
  readonly sharedLimit: SharedRateLimit | undefined
  /** Another key was found in the key's file, after the API refused the former. */
  readonly onNewKey?: (apiKey: string) => void
  readonly onDelivered?: (event: TelemetryEvent) => void
}

export function openDelivery(options: DeliveryOptions): Delivery {
  const { settings, destination, notices, sharedLimit, onNewKey, onDelivered } = options
  const log = openEventLog(settings.log, settings.secrets, words => notices.warn(words))
  const client = openClient({ origin: destination.baseUrl, env: process.env, version: VERSION })
  // Beside the writing of the run's record, which has to be on disk before the first event is sent.
  client.then(
    ready => ready.connect(),
    () => {},
  )
  return createDelivery({
    send: openKeyInUse(settings, destination, readKeyFile, onNewKey).sender(client),
    now: monotonicMs,
    sleep,
    random: Math.random,
    ...(sharedLimit && { sharedLimit }),
    report(what) {
      if (what.kind === 'delivered') onDelivered?.(what.event)
      log.write(what)
      notices.verbose(describeReport(what))
    },
  })
}

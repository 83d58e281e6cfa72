/** The delivery of a command's events: client, queue, log and the words of --verbose, joined. */

import type { Settings } from '../settings/settings.ts'
import { openClient } from '../telemetry/client.ts'
import { createDelivery, type Delivery } from '../telemetry/delivery.ts'
import type { Destination } from '../telemetry/event.ts'
import { createSender } from '../telemetry/sender.ts'
import { sleep } from '../telemetry/sleep.ts'
import { openEventLog } from './event-log.ts'
import type { OwnWords } from './own-words.ts'
import { describeReport } from './reports.ts'
import { VERSION } from './version.ts'

export function openDelivery(settings: Settings, destination: Destination, own: OwnWords): Delivery {
  const log = openEventLog(settings.log, settings.secrets)
  if (log.problem !== undefined) own.warn(log.problem)
  const client = openClient({ origin: settings.url, env: process.env, version: VERSION })
  return createDelivery({
    send: createSender(client, destination, settings.secrets),
    now: () => performance.now(),
    sleep,
    random: Math.random,
    report(what) {
      log.write(what)
      own.step(describeReport(what))
    },
  })
}

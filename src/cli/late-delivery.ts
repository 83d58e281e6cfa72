/** How a command sends what is in the spool: connections, the clocks, and what wrappers of this host share. */

import { monotonicMs } from '../job/clock.ts'
import type { Settings } from '../settings/settings.ts'
import { type DrainTools, MOST_AT_ONCE } from '../spool/drain.ts'
import type { KeyPrint, Spool } from '../spool/folders.ts'
import { sharedPace } from '../spool/shared-pace.ts'
import { type Client, openClient } from '../telemetry/client.ts'
import type { Send } from '../telemetry/delivery.ts'
import type { Destination } from '../telemetry/event.ts'
import { createSender } from '../telemetry/sender.ts'
import { sleep } from '../telemetry/sleep.ts'
import { VERSION } from './version.ts'

export interface LateDelivery {
  readonly tools: Omit<DrainTools, 'report'>
  close(): void
}

export function lateDelivery(
  spool: Spool,
  key: KeyPrint,
  settings: Settings,
  destination: Destination,
): LateDelivery {
  // A client sends one request at a time.
  const clients: Promise<Client>[] = []
  const senders: Send[] = []
  return {
    tools: {
      spool,
      key,
      stamp: settings.stamp,
      now: monotonicMs,
      sleep,
      random: Math.random,
      pace: sharedPace(spool, new URL(settings.url).origin, monotonicMs),
      send: (event, message, signal, late, connection) => {
        const index = connection % MOST_AT_ONCE
        clients[index] ??= openClient({ origin: settings.url, env: process.env, version: VERSION })
        senders[index] ??= createSender(clients[index], destination, settings.secrets)
        return senders[index](event, message, signal, late)
      },
    },
    close() {
      for (const client of clients) void client?.then(open => open.close())
    },
  }
}

/** What a process needs to send the events of a spool: HTTP clients, clocks, and the limits that the host's processes share. */

import { type Client, openClient } from '../client/http.ts'
import { type KeySource, openKeyInUse, type ReadKeyFile } from '../client/key-in-use.ts'
import type { Send } from '../client/sender.ts'
import { monotonicMs } from '../system/clock.ts'
import { sleep } from '../system/sleep.ts'
import { VERSION } from '../system/version.ts'
import type { Destination } from '../telemetry/event.ts'
import type { DeliveryScope } from './delivery-scope.ts'
import type { DrainTools, SendSpooled } from './drain/drain-tools.ts'
import { MAX_CONCURRENT } from './drain/pace.ts'
import { openSharedRateLimit } from './shared-rate-limit.ts'
import type { Spool } from './spool.ts'

export interface SpoolSender {
  /** Everything that a drain needs, except `report`. */
  readonly tools: Omit<DrainTools, 'report'>
  readonly close: () => void
}

/** Each connection is opened when the first event is sent on it. */
export function openSpoolSender(
  spool: Spool,
  { key, address }: DeliveryScope,
  settings: KeySource & Pick<DrainTools, 'stamp'>,
  destination: Destination,
  readKeyFile: ReadKeyFile,
): SpoolSender {
  // A client sends one request at a time.
  const clients: Promise<Client>[] = []
  const senders: Send[] = []
  const keyInUse = openKeyInUse(settings, destination, readKeyFile)
  const send: SendSpooled = (event, message, signal, late, connection) => {
    const index = connection % MAX_CONCURRENT
    clients[index] ??= openClient({ origin: destination.baseUrl, env: process.env, version: VERSION })
    senders[index] ??= keyInUse.sender(clients[index])
    return senders[index](event, message, signal, late)
  }
  return {
    tools: {
      spool,
      key,
      address,
      stamp: settings.stamp,
      now: monotonicMs,
      sleep,
      random: Math.random,
      sharedLimit: openSharedRateLimit(spool, new URL(destination.baseUrl).origin, monotonicMs),
      send,
    },
    close() {
      for (const client of clients) void client?.then(open => open.close())
    },
  }
}

/** What a process needs to send the events of a spool: HTTP clients, clocks, and the limits that the host's processes share. */

import { type Client, openClient } from '../client/http.ts'
import { type KeySource, openKeyInUse, type ReadKeyFile } from '../client/key-in-use.ts'
import { openAddresses } from '../client/open-addresses.ts'
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

/**
 * Each connection is opened when the first event is sent on it.
 *
 * @param settings `deliverWithinMs`: how long the addresses of the destination may take together, if there are several
 */
export function openSpoolSender(
  spool: Spool,
  { key, address }: DeliveryScope,
  settings: KeySource & Pick<DrainTools, 'stamp'> & { readonly deliverWithinMs: number },
  destination: Destination,
  readKeyFile: ReadKeyFile,
): SpoolSender {
  // A client sends one request at a time.
  const clients: Promise<Client>[] = []
  const senders: Send[] = []
  const keyInUse = openKeyInUse(settings, destination, readKeyFile)
  const addresses = openAddresses(destination, settings.deliverWithinMs)
  const open = (origin: string): Send => {
    const client = openClient({ origin, env: process.env, version: VERSION })
    clients.push(client)
    return keyInUse.sender(client, origin)
  }
  const send: SendSpooled = (event, message, signal, late, connection) => {
    const index = connection % MAX_CONCURRENT
    senders[index] ??= addresses.sender(open)
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
      for (const client of clients) void client.then(opened => opened.close())
    },
  }
}

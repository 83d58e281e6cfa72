/** How a command sends what is in the spool: connections, the clocks, and what wrappers of this host share. */

import type { Send } from '../client/delivery.ts'
import { type Client, openClient } from '../client/http.ts'
import { type KeySource, openKeyInUse, type ReadKeyFile } from '../client/key-in-use.ts'
import type { MessageShare } from '../client/message-share.ts'
import type { ApiAnswer } from '../client/outcome.ts'
import { monotonicMs } from '../system/clock.ts'
import { sleep } from '../system/sleep.ts'
import { VERSION } from '../system/version.ts'
import type { Late } from '../telemetry/delay-marker.ts'
import type { Destination, TelemetryEvent } from '../telemetry/event.ts'
import type { DeliveryScope } from './delivery-scope.ts'
import { type DrainTools, MOST_AT_ONCE } from './drain/drain.ts'
import { openSharedRateLimit } from './shared-rate-limit.ts'
import type { Spool } from './spool.ts'

/** As `SendLate`, and for an event that is not late as well. */
export type SendAtAnyTime = (
  event: TelemetryEvent,
  message: MessageShare,
  signal: AbortSignal,
  late: Late | undefined,
  connection: number,
) => Promise<ApiAnswer>

export interface SpoolSender {
  readonly tools: Omit<DrainTools, 'report'>
  readonly send: SendAtAnyTime
  close(): void
}

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
  const send: SendAtAnyTime = (event, message, signal, late, connection) => {
    const index = connection % MOST_AT_ONCE
    clients[index] ??= openClient({ origin: destination.baseUrl, env: process.env, version: VERSION })
    senders[index] ??= keyInUse.sender(clients[index])
    return senders[index](event, message, signal, late)
  }
  return {
    send,
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

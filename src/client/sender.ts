/** Turns an event into a request, and sends it with the HTTP client. */

import type { Late } from '../telemetry/delay-marker.ts'
import type { Destination, TelemetryEvent } from '../telemetry/event.ts'
import type { Client } from './http.ts'
import type { MessageShare } from './message-share.ts'
import type { ApiAnswer } from './outcome.ts'
import { buildRequest } from './request.ts'

/**
 * Sends an event once, with this share of its message. If the signal aborts, it resolves at once: with the status if
 * that has arrived, else with an error. A rejected promise counts as an error.
 */
export type Send = (
  event: TelemetryEvent,
  message: MessageShare,
  signal: AbortSignal,
  late?: Late,
) => Promise<ApiAnswer>

/** @param client may be a promise: events can be sent while the HTTP client is still being loaded */
export function createSender(
  client: Client | Promise<Client>,
  destination: Destination,
  secrets: readonly string[],
): Send {
  // A client that cannot be loaded is reported with the first event.
  void Promise.resolve(client).catch(() => {})
  return async (event, message, signal, late) => {
    const request = buildRequest(event, destination, secrets, { message, late })
    const loaded = await unlessAborted(client, signal)
    return loaded === undefined
      ? { kind: 'error', message: 'no answer in the time given' }
      : loaded.send(request, signal)
  }
}

/** Undefined if the signal aborts first. */
async function unlessAborted<Value>(
  value: Value | Promise<Value>,
  signal: AbortSignal,
): Promise<Value | undefined> {
  let abort = (): void => {}
  const aborted = new Promise<undefined>(resolve => {
    abort = () => resolve(undefined)
  })
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    return await Promise.race([value, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

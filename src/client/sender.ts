/** Joins the request of an event to the client that sends it. */

import type { Destination } from '../telemetry/event.ts'
import type { Send } from './delivery.ts'
import type { Client } from './http.ts'
import { buildRequest } from './request.ts'

/** @param client may be a promise, so that an event can be added while the HTTP client is still being loaded */
export function createSender(
  client: Client | Promise<Client>,
  destination: Destination,
  secrets: readonly string[],
): Send {
  // It may fail before the first event is there, and is then told with that.
  void Promise.resolve(client).catch(() => {})
  return async (event, message, signal, late) => {
    const request = buildRequest(event, destination, secrets, { message, late })
    return (await client).send(request, signal)
  }
}

/** Where the events of a command go, out of its settings. */

import type { Settings } from '../settings/settings.ts'
import { type KeyPrint, keyPrint } from '../spool/folders.ts'
import type { Destination } from '../telemetry/event.ts'

/** Undefined where there is no API key and none can be done without. */
export function destinationOf(settings: Settings): Destination | undefined {
  const { url: baseUrl, key, anonymous } = settings
  // The API declares GET alone for events without a key.
  if (anonymous) return { baseUrl, access: { kind: 'anonymous' }, method: 'GET' }
  return key === undefined
    ? undefined
    : { baseUrl, access: { kind: 'key', apiKey: key }, method: settings.method }
}

/** What a spooled event is marked with, so that nobody else sends it. */
export function keyPrintOf({ anonymous, key }: Settings): KeyPrint {
  return keyPrint(anonymous ? undefined : key)
}

/** Where the events of a command go, out of its settings. */

import type { Settings } from '../settings/settings.ts'
import { type DeliveryScope, keyFingerprint } from '../spool/delivery-scope.ts'
import type { Destination } from '../telemetry/event.ts'

export type DestinationChoice =
  | { readonly kind: 'open'; readonly destination: Destination }
  /** There is no API key, and none can be done without. */
  | { readonly kind: 'no-key' }
  /** The address that is set cannot be used, so that events can be kept and not sent. */
  | { readonly kind: 'no-address'; readonly problem: string }

export function destinationOf({ url, key, anonymous, method }: Settings): DestinationChoice {
  if (!anonymous && key === undefined) return { kind: 'no-key' }
  if (url.kind === 'unusable') return { kind: 'no-address', problem: url.problem }
  const { base: baseUrl } = url
  // The API declares GET alone for events without a key.
  return anonymous || key === undefined
    ? { kind: 'open', destination: { baseUrl, access: { kind: 'anonymous' }, method: 'GET' } }
    : { kind: 'open', destination: { baseUrl, access: { kind: 'key', apiKey: key }, method } }
}

/** What a spooled event is marked with, so that nobody else sends it, and nobody sends it elsewhere. */
export function deliveryScopeOf({ anonymous, key, url }: Settings): DeliveryScope {
  return {
    key: keyFingerprint(anonymous ? undefined : key),
    address: url.kind === 'usable' && url.isBuiltIn ? 'default' : 'configured',
  }
}

/** Why nothing is sent, and what to do. */
export const NO_KEY =
  'there is no API key: set CRONITOR_API_KEY or CRONITOR_API_KEY_FILE, or use --api-key-file'

/** Where the events of a command go, according to its settings. */

import type { Settings } from '../settings/settings.ts'
import { type DeliveryScope, keyFingerprint } from '../spool/delivery-scope.ts'
import type { Destination } from '../telemetry/event.ts'

export type DestinationChoice =
  | { readonly kind: 'open'; readonly destination: Destination }
  /** No API key is set, and `--anonymous` was not given. */
  | { readonly kind: 'no-key' }
  /** The configured address cannot be used: events are kept, not sent. */
  | { readonly kind: 'no-address'; readonly problem: string }

/** What a command with an API key, or with `--anonymous`, can do with its events. */
export type KeyedDestination = Exclude<DestinationChoice, { readonly kind: 'no-key' }>

export function destinationOf({ url, key, anonymous, method }: Settings): DestinationChoice {
  if (!anonymous && key === undefined) return { kind: 'no-key' }
  if (url.kind === 'unusable') return { kind: 'no-address', problem: url.problem }
  const { base: baseUrl, others } = url
  const addresses = { baseUrl, ...(others && { others }) }
  // The API declares GET alone for events without a key.
  return anonymous || key === undefined
    ? { kind: 'open', destination: { ...addresses, access: { kind: 'anonymous' }, method: 'GET' } }
    : { kind: 'open', destination: { ...addresses, access: { kind: 'key', apiKey: key }, method } }
}

/**
 * The delivery scope of a command. Its events in the spool get it too: they are only sent with its key, and never to
 * the built-in address by mistake.
 */
export function deliveryScopeOf({ anonymous, key, url }: Settings): DeliveryScope {
  return {
    key: keyFingerprint(anonymous ? undefined : key),
    address: url.kind === 'usable' && url.isBuiltIn ? 'default' : 'configured',
  }
}

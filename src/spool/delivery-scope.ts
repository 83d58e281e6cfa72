/** Which events of a spool a process may send: those of its own API key that may go to its address. */

import { shortHash } from '../system/short-hash.ts'

/** The first 12 hex digits of the SHA-256 of an API key; `anonymous` for events sent without a key. */
export type KeyFingerprint = string

/** Where events go: the API's built-in address, or one that the settings name. */
export type AddressKind = 'default' | 'configured'

export interface DeliveryScope {
  readonly key: KeyFingerprint
  readonly address: AddressKind
}

export function keyFingerprint(apiKey: string | undefined): KeyFingerprint {
  return apiKey === undefined ? 'anonymous' : shortHash(apiKey, 12)
}

/**
 * True if a process of this scope may send the event. An event kept for a configured address never goes to the built-in one:
 * a private relay's events would leave the site. Any other event of the key may go to either address.
 */
export function isInScope(event: DeliveryScope, scope: DeliveryScope): boolean {
  return event.key === scope.key && !needsConfiguredAddress(event, scope.address)
}

/** True if the event was kept for a configured address, and `current` is the built-in one. */
export function needsConfiguredAddress(
  { address }: Pick<DeliveryScope, 'address'>,
  current: AddressKind,
): boolean {
  return address === 'configured' && current === 'default'
}

/** Decides on a recipient: whether an event for this monitor, with this key, from this address is let in. */

import type { KeyRing } from '../http/route-context.ts'
import { endpointName, type RateLimits } from '../ingest/rate-limits.ts'
import { parseAddress, type Recipient } from './recipient-address.ts'
import { type SmtpRefusal, smtpRefusal } from './smtp-refusal.ts'

export interface RecipientRules {
  /** Undefined where any key will do. */
  readonly keys: KeyRing | undefined
  /** Also with keys, events without one are taken. */
  readonly allowAnonymous: boolean
  readonly limits: RateLimits
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
}

export interface Sender {
  /** The client's, as the limits know it. */
  readonly address: string
  /** The API key that it has logged in with. */
  readonly login: string | undefined
}

export type RecipientDecision =
  | ({ readonly kind: 'admitted' } & Recipient)
  | { readonly kind: 'wrong-key' }
  | SmtpRefusal

export function admitRecipient(mailbox: string, sender: Sender, rules: RecipientRules): RecipientDecision {
  const { keys, limits, clock } = rules
  const { login } = sender
  const read = parseAddress(
    mailbox,
    login === undefined ? undefined : { isKey: text => text === login || keys?.isKnown(text) === true },
  )
  if (read.kind === 'wrong') return smtpRefusal(550, '5.1.3', `the address ${read.reason}`)

  const { monitorKey } = read
  const apiKey = read.apiKey ?? login
  if (apiKey === undefined && keys !== undefined && !rules.allowAnonymous) {
    return smtpRefusal(
      550,
      '5.7.1',
      'an API key is needed, as KEY+MONITOR@ or by AUTH with the key as password',
    )
  }
  // One that has logged in is asked again: the keys may have been read anew since.
  if (apiKey !== undefined && keys !== undefined && !keys.isKnown(apiKey)) return { kind: 'wrong-key' }

  const admission = limits.admit(endpointName(apiKey, monitorKey), sender.address, clock())
  if (admission.kind === 'refused') {
    return smtpRefusal(451, '4.7.1', `too many events, try again in ${admission.retryAfterSeconds} s`)
  }
  return { kind: 'admitted', apiKey, monitorKey }
}

/** Decides whether a recipient is accepted: by its monitor key, its API key and the rate limits. */

import type { KeyRing } from '../http/route-context.ts'
import { endpointName, type RateLimits } from '../ingest/rate-limits.ts'
import { parseAddress, type Recipient } from './recipient-address.ts'
import { type SmtpRefusal, smtpRefusal } from './smtp-refusal.ts'

export interface RecipientRules {
  /** Undefined if any key is accepted. */
  readonly keys: KeyRing | undefined
  /** True: events without an API key are accepted too. */
  readonly allowAnonymous: boolean
  readonly limits: RateLimits
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
}

export interface Sender {
  /** The client address as the rate limits count it; undefined if it has no limit. */
  readonly address: string | undefined
  /** The API key of its login. */
  readonly login: string | undefined
}

export type RecipientDecision =
  | ({ readonly kind: 'admitted' } & Recipient)
  | { readonly kind: 'wrong-key'; readonly monitorKey: string }
  | SmtpRefusal

export function admitRecipient(mailbox: string, sender: Sender, rules: RecipientRules): RecipientDecision {
  const { keys, limits, clock } = rules
  const { login } = sender
  const read = parseAddress(
    mailbox,
    login === undefined ? undefined : { isKey: text => text === login || keys?.isKnown(text) === true },
  )
  if (read.kind === 'wrong') return smtpRefusal(550, '5.1.3', `the address ${read.reason}`, 'malformed')

  const { monitorKey } = read
  const apiKey = read.apiKey ?? login
  if (apiKey === undefined && keys !== undefined && !rules.allowAnonymous) {
    const text = 'an API key is required: KEY+MONITOR@, or AUTH with the key as the password'
    return { ...smtpRefusal(550, '5.7.1', text, 'no_key'), monitorKey }
  }
  // The login's key is checked again, because it may have been removed since.
  if (apiKey !== undefined && keys !== undefined && !keys.isKnown(apiKey))
    return { kind: 'wrong-key', monitorKey }

  const admission = limits.admit(endpointName(apiKey, monitorKey), sender.address, clock())
  if (admission.kind === 'refused') {
    const text = `too many events, try again in ${admission.retryAfterSeconds} s`
    return { ...smtpRefusal(451, '4.7.1', text, 'rate_limit'), monitorKey }
  }
  return { kind: 'admitted', apiKey, monitorKey }
}

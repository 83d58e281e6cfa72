/** Reads the address of a recipient: which monitor an event is for, and with which API key. */

import { checkMonitorKey } from '../../telemetry/monitor-key.ts'

export interface Recipient {
  /** Undefined where the address has none. */
  readonly apiKey: string | undefined
  readonly monitorKey: string
}

export type ParsedAddress =
  | ({ readonly kind: 'recipient' } & Recipient)
  /** `reason` is a sentence's rest ("the address …") that quotes nothing of the address: there may be a key in it. */
  | { readonly kind: 'wrong'; readonly reason: string }

/**
 * `KEY+MONITOR@any.host` or `MONITOR@any.host`; the host is of no matter.
 *
 * What stands before the first `+` is the key, all behind it the monitor's, further `+` too. Then each is
 * percent-decoded, as in the API's path: a `+` in an API key is written `%2B`, a `+` in the key of a monitor that is
 * named without an API key too, `@` as `%40`, `%` itself as `%25`. A quoted local part (RFC 5321, 4.1.2) stands
 * for what is quoted.
 *
 * After AUTH the API key is known, and the whole local part is the monitor's key, unless `isKey` finds an API key in
 * front of its first `+`: no key is ever to become part of a monitor's.
 */
export function parseAddress(
  address: string,
  login?: { readonly isKey: (text: string) => boolean },
): ParsedAddress {
  const at = address.lastIndexOf('@')
  // `Postmaster` alone is the one address without a host (RFC 5321, 4.5.1).
  if (at < 0) return wrong('names no host')
  const local = unquoted(address.slice(0, at))
  if (local === undefined || local.includes('\ufffd')) return wrong('is not quoted right or is no UTF-8')

  const plus = local.indexOf('+')
  const front = plus < 0 ? undefined : decoded(local.slice(0, plus))
  const hasKey = plus >= 0 && (login === undefined || (front !== undefined && login.isKey(front)))
  const monitorKey = decoded(hasKey ? local.slice(plus + 1) : local)
  if (monitorKey === undefined || (hasKey && front === undefined)) {
    return wrong('has a % that is no percent-encoding; write it %25')
  }
  if (hasKey && front === '') return wrong('has no API key before its +')
  const problem = checkMonitorKey(monitorKey)
  if (problem !== undefined) return wrong(`has a monitor key that ${problem}`)
  return { kind: 'recipient', apiKey: hasKey ? front : undefined, monitorKey }
}

/** Undefined where quotes are not in pairs. */
function unquoted(local: string): string | undefined {
  if (!local.startsWith('"')) return local.includes('"') ? undefined : local
  const content = /^"((?:[^"\\]|\\.)*)"$/u.exec(local)?.[1]
  return content?.replace(/\\(.)/gu, '$1')
}

/** Undefined for a % without two hexadecimal digits and for bytes that are no UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function wrong(reason: string): ParsedAddress {
  return { kind: 'wrong', reason }
}

/** Parses the address of a recipient: the API key and the monitor key of an event. */

import { checkMonitorKey } from '../../telemetry/monitor-key.ts'

export interface Recipient {
  /** Undefined if the address has none. */
  readonly apiKey: string | undefined
  readonly monitorKey: string
}

export type ParsedAddress =
  | ({ readonly kind: 'recipient' } & Recipient)
  /** `reason` continues "the address …". It quotes nothing from the address, which may contain an API key. */
  | { readonly kind: 'wrong'; readonly reason: string }

/**
 * `KEY+MONITOR@any.host` or `MONITOR@any.host`. The host is ignored.
 *
 * The text before the first `+` is the API key, the rest is the monitor key. Both are percent-decoded, as in the paths of the
 * API: `%25` is `%`, `%40` is `@`, and `%2B` is a `+` in an API key, or in a monitor key without an API key in front of it. A
 * quoted local part (RFC 5321, 4.1.2) is unquoted first.
 *
 * After a login the API key is known, and the whole local part is the monitor key. But if `isKey` says that the text before the
 * first `+` is an API key, it is taken as one, so that no API key becomes part of a monitor key.
 */
export function parseAddress(
  address: string,
  login?: { readonly isKey: (text: string) => boolean },
): ParsedAddress {
  const at = address.lastIndexOf('@')
  // Only `Postmaster` may come without a host (RFC 5321, 4.5.1).
  if (at < 0) return wrong('has no host')
  const local = unquoted(address.slice(0, at))
  if (local === undefined || local.includes('\ufffd')) return wrong('is quoted wrongly or is not UTF-8')

  const plus = local.indexOf('+')
  const front = plus < 0 ? undefined : decoded(local.slice(0, plus))
  const hasKey = plus >= 0 && (login === undefined || (front !== undefined && login.isKey(front)))
  const monitorKey = decoded(hasKey ? local.slice(plus + 1) : local)
  if (monitorKey === undefined || (hasKey && front === undefined)) {
    return wrong('has a % that is not percent-encoding; write %25')
  }
  if (hasKey && front === '') return wrong('has no API key before its +')
  const problem = checkMonitorKey(monitorKey)
  if (problem !== undefined) return wrong(`has a monitor key that ${problem}`)
  return { kind: 'recipient', apiKey: hasKey ? front : undefined, monitorKey }
}

/** Undefined if a quotation mark is missing. */
function unquoted(local: string): string | undefined {
  if (!local.startsWith('"')) return local.includes('"') ? undefined : local
  const content = /^"((?:[^"\\]|\\.)*)"$/u.exec(local)?.[1]
  return content?.replace(/\\(.)/gu, '$1')
}

/** Undefined for a % without two hexadecimal digits, and for bytes that are not UTF-8. */
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

/** Parses the values of settings. A problem never quotes the value, which may be a secret. */

import { METHODS, type Method } from '../telemetry/event.ts'

type Wrong = { readonly ok: false; readonly problem: string }

/**
 * The base address of the Telemetry API, normalised, without slashes at its end.
 *
 * Rejects schemes other than http and https, a user name or password (they would end up in logs and process lists), a query
 * (events have one) and a fragment.
 */
export function parseUrl(text: string): { readonly ok: true; readonly url: string } | Wrong {
  // `new URL` accepts typing errors: `https:/host`, backslashes, white space around the address.
  if (/^https?:\/\/[^/]/i.test(text) && !/[\s\\?#\0-\x1f\x7f-\x9f]/.test(text) && URL.canParse(text)) {
    const url = new URL(text)
    // A comma there is that of a list with a mistake: `http://one,two`, or a comma at the end.
    const hasListComma = url.host.includes(',') || url.pathname.endsWith(',')
    if (url.username === '' && url.password === '' && !hasListComma) {
      return { ok: true, url: url.href.replace(/\/+$/, '') }
    }
  }
  return {
    ok: false,
    problem: 'expected an http:// or https:// address without user name, password, query or fragment',
  }
}

/** Between the addresses of a list: followed by a scheme, since the path of an address may contain commas. */
const LIST_COMMA = /\s*,\s*(?=https?:|[a-z][a-z0-9+.-]*:\/\/)/i

/** One or more, in their order and none twice, each as `parseUrl` returns it. */
export type UrlList = readonly [string, ...string[]]

/** One address of the Telemetry API, or several that are separated by commas. */
export function parseUrls(text: string): { readonly ok: true; readonly urls: UrlList } | Wrong {
  const [first = '', ...rest] = text.split(LIST_COMMA)
  const parsed = parseUrl(first)
  if (!parsed.ok) return parsed
  const others = new Set<string>()
  for (const part of rest) {
    const other = parseUrl(part)
    if (!other.ok) return other
    if (other.url !== parsed.url) others.add(other.url)
  }
  return { ok: true, urls: [parsed.url, ...others] }
}

/** All addresses as one text, as `parseUrls` accepts it. */
export function joinedUrls({ base, others = [] }: { base: string; others?: readonly string[] }): string {
  return [base, ...others].join(',')
}

/** In UTF-16 units; enough to recognise the address. */
const MAX_SHOWN_LENGTH = 120

/** A wrong address, or a list with one, for messages: without its possible user name, password and token. */
export function shownUrl(raw: unknown): string {
  if (typeof raw !== 'string')
    return `a JSON ${raw === null ? 'null' : Array.isArray(raw) ? 'array' : typeof raw}`
  const text = raw.replace(/^([a-z][a-z0-9+.-]*:[/\\]+)?.*@/is, '$1…@').replace(/[?#&].*/s, '?…')
  return `"${text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text}"`
}

/** Ignores case. */
export function parseMethod(text: string): { readonly ok: true; readonly method: Method } | Wrong {
  const method = METHODS.find(name => name === text.toUpperCase())
  return method === undefined
    ? { ok: false, problem: `expected ${METHODS.join(', ')}` }
    : { ok: true, method }
}

/** A key is printable ASCII without white space. */
export function parseApiKey(text: string): { readonly ok: true; readonly key: string } | Wrong {
  return /^[!-~]+$/.test(text)
    ? { ok: true, key: text }
    : { ok: false, problem: 'expected a key of printable ASCII characters without white space' }
}

/** Text, or JSON's true, false, 1 and 0 from a file. */
export function parseSwitch(raw: unknown): { readonly ok: true; readonly on: boolean } | Wrong {
  const text =
    typeof raw === 'string' || typeof raw === 'boolean' || typeof raw === 'number' ? String(raw) : ''
  switch (text.toLowerCase()) {
    case '1':
    case 'true':
    case 'yes':
      return { ok: true, on: true }
    case '0':
    case 'false':
    case 'no':
      return { ok: true, on: false }
    default:
      return { ok: false, problem: 'expected 1, true, yes, 0, false or no' }
  }
}

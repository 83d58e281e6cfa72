/** Reads single settings from text; what is wrong is said without repeating the text, which could be a secret. */

import { METHODS, type Method } from '../telemetry/event.ts'

type Wrong = { readonly ok: false; readonly problem: string }

/**
 * The base address of the Telemetry API, normalised, without slashes at its end.
 *
 * Refused: other schemes than http and https, a user name or password (they would end up in logs and process lists),
 * a query or a fragment (an event's own parameters stand there).
 */
export function parseUrl(text: string): { readonly ok: true; readonly url: string } | Wrong {
  // `new URL` forgives much that a typing error makes: `https:/host`, backslashes, white space around.
  if (/^https?:\/\/[^/]/i.test(text) && !/[\s\\?#\0-\x1f\x7f-\x9f]/.test(text) && URL.canParse(text)) {
    const url = new URL(text)
    if (url.username === '' && url.password === '') {
      return { ok: true, url: url.href.replace(/\/+$/, '') }
    }
  }
  return {
    ok: false,
    problem: 'expected an http:// or https:// address without user name, password, query or fragment',
  }
}

/** Enough of an address to see what is wrong with it. */
const MOST_SHOWN = 120

/** A wrong address, to be shown to people: what may be a user name, a password or a token in it is not. */
export function shownUrl(raw: unknown): string {
  if (typeof raw !== 'string')
    return `a JSON ${raw === null ? 'null' : Array.isArray(raw) ? 'array' : typeof raw}`
  const text = raw.replace(/^([a-z][a-z0-9+.-]*:[/\\]+)?.*@/is, '$1…@').replace(/[?#&].*/s, '?…')
  return `"${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text}"`
}

/** GET, POST or HEAD, in capitals or not. */
export function parseMethod(text: string): { readonly ok: true; readonly method: Method } | Wrong {
  const method = METHODS.find(name => name === text.toUpperCase())
  return method === undefined
    ? { ok: false, problem: `expected ${METHODS.join(', ')}` }
    : { ok: true, method }
}

/** Printable ASCII without white space, at least one character: what a key has, and a pasted line break has not. */
export function parseApiKey(text: string): { readonly ok: true; readonly key: string } | Wrong {
  return /^[!-~]+$/.test(text)
    ? { ok: true, key: text }
    : { ok: false, problem: 'expected a key of printable ASCII characters without white space' }
}

/** 1, true, yes or 0, false, no; from a file also JSON's true, false, 1 and 0. */
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

/** What the browser is told with each page: where it may load from, and that is here alone. */

import type { ServerResponse } from 'node:http'
import { sendBody } from '../http/send-answer.ts'
import { type Html, render } from './html.ts'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** For everything that a browser gets from this server's own paths. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  // Not no-referrer, with which browsers say `Origin: null` of a form of this server's own.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** `no-store`: job output must not stay in caches. */
export function sendPage(response: ServerResponse, status: number, page: Html): void {
  const headers = {
    ...SAFE_HEADERS,
    'cache-control': 'no-store',
    'content-type': 'text/html; charset=utf-8',
  }
  sendBody(response, status, headers, `<!doctype html>\n${render(page)}`)
}

/** Sends a page, with headers that let the browser load files from this server only. */

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

/** For all paths that browsers load. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  // With no-referrer, browsers send `Origin: null` with the forms of this page, and login would reject them.
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

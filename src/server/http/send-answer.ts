/** Sends answers of JSON, plain text or HTML, and redirects. */

import type { ServerResponse } from 'node:http'
import { type Answer, RECORDED } from './answer.ts'

export type SendAnswer = (response: ServerResponse, answer: Answer) => void

/** `onRefusal` is called with the status of each answer of 400 and above. */
export function createSendAnswer(onRefusal: (status: number) => void): SendAnswer {
  return (response, answer) => {
    if (answer.status >= 400) onRefusal(answer.status)
    writeAnswer(response, answer)
  }
}

export function writeAnswer(response: ServerResponse, answer: Answer): void {
  // The answer to nearly every request. Its headers are built only once.
  if (answer === RECORDED) response.writeHead(RECORDED.status, RECORDED_HEADERS).end(RECORDED_BODY)
  else sendBody(response, answer.status, headersOf(answer), `${answer.body}\n`)
}

export function sendBody(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) }).end(body)
}

/** 303: the browser asks for `location` by GET. */
export function redirect(response: ServerResponse, location: string): void {
  sendBody(response, 303, { location }, '')
}

function headersOf(answer: Answer): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  }
}

const RECORDED_BODY = `${RECORDED.body}\n`
const RECORDED_HEADERS = {
  ...headersOf(RECORDED),
  'content-length': String(Buffer.byteLength(RECORDED_BODY)),
}

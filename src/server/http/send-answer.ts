/** Sends answers of JSON, plain text or HTML, and redirects. */

import type { ServerResponse } from 'node:http'
import { type Answer, RECORDED } from './answer.ts'
import type { ClientOf } from './client.ts'
import type { RefusalCounter } from './refusal-counter.ts'

export type SendAnswer = (response: ServerResponse, answer: Answer) => void

/** Counts each answer of 400 and above, with the details for the log. */
export function createSendAnswer(refusals: Pick<RefusalCounter, 'count'>, clientOf: ClientOf): SendAnswer {
  return (response, answer) => {
    const { status, refusal } = answer
    if (refusal !== undefined) {
      const { reason, ...about } = refusal
      const client = clientOf(response.req)
      refusals.count({ status, reason, details: { ...about, client } })
    }
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

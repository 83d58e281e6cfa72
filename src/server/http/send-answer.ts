/** Sends an answer of the server's own words: JSON, a line. */

import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { type Answer, RECORDED } from './answer.ts'

export type SendAnswer = (reply: FastifyReply, answer: Answer) => void

/** `onRefusal` is told the status of each answer of 400 and above. */
export function createSendAnswer(onRefusal: (status: number) => void): SendAnswer {
  return (reply, answer) => {
    if (answer === RECORDED && reply.getHeader('connection') === undefined) {
      // What nearly each request gets: past fastify, which would put it together anew each time.
      reply.hijack()
      reply.raw.writeHead(RECORDED.status, RECORDED_HEADERS).end(RECORDED_BODY)
      return
    }
    if (answer.status >= 400) onRefusal(answer.status)
    reply.code(answer.status).headers(headersOf(answer)).send(`${answer.body}\n`)
  }
}

/** Where fastify has no part in it. */
export function writeAnswer(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(`${answer.body}\n`)
  response.writeHead(answer.status, { ...headersOf(answer), 'content-length': String(body.length) })
  response.end(body)
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

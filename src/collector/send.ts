/** Sends an answer of the server's own words: JSON, a line. */

import type { FastifyReply } from 'fastify'
import type { Answer } from './answer.ts'

export type Send = (reply: FastifyReply, answer: Answer) => void

/** `onRefusal` is told the status of each answer of 400 and above. */
export function createSend(onRefusal: (status: number) => void): Send {
  return (reply, { status, headers, body }) => {
    if (status >= 400) onRefusal(status)
    reply
      .code(status)
      .headers({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        ...headers,
      })
      .send(`${body}\n`)
  }
}

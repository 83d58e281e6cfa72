/** How the server's own paths answer: JSON that nobody keeps, and for what is wrong the form that answer.ts has as well. */

import type { FastifyReply } from 'fastify'
import { printableJson } from '../../system/printable.ts'
import type { RefusalCounter } from '../http/refusal-counter.ts'

export function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return withHeaders(reply)
    .type('application/json')
    .send(`${printableJson(body)}\n`)
}

/** `error` is a sentence without a full stop; `parameter` the one that is to blame. */
export type Refuse = (reply: FastifyReply, status: number, error: string, parameter?: string) => FastifyReply

export function createRefuse(refusals: RefusalCounter): Refuse {
  return (reply, status, error, parameter) => {
    refusals.count(status)
    return sendJson(reply.code(status), { error, parameter })
  }
}

export function sendText(reply: FastifyReply, type: string, body: string): FastifyReply {
  return withHeaders(reply).type(type).send(body)
}

function withHeaders(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
}

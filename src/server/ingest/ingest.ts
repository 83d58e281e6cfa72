/** Takes events by HTTP: what comes to no path of the server's own. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorAnswer, RECORDED } from '../http/answer.ts'
import { clientAddress } from '../http/client-address.ts'
import type { SendAnswer } from '../http/send-answer.ts'
import type { Store } from '../store/store.ts'
import { type Policy, requestToEvent } from './request-to-event.ts'

export const MAX_BODY_BYTES = 64 * 1024

/** A client that reads only after it has written all of its body shall get its answer; to a point. */
const MAX_DISCARDED_BYTES = 1024 * 1024

/** For a sender whose event could not be written: what it takes for a disk to be cleared or a lock to be gone. */
const RETRY_SECONDS = 10

export interface Ingest {
  readonly take: (request: IncomingMessage, response: ServerResponse) => void
  /** How many events wait for the store. */
  readonly pending: () => number
}

export function createIngest(
  policy: Policy,
  store: Pick<Store, 'record'>,
  send: SendAnswer,
  /** Told of an event that could not be written. */
  onFailure: (error: unknown) => void,
): Ingest {
  let pending = 0

  const decideOn = (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', socket } = request
    const decision = requestToEvent(
      { method, target: url, address: clientAddress(socket.remoteAddress ?? '') },
      policy,
    )
    switch (decision.kind) {
      case 'refuse':
        send(response, decision.answer)
        return
      case 'record':
        pending += 1
        store.record(decision.event).then(
          () => {
            pending -= 1
            send(response, RECORDED)
          },
          (error: unknown) => {
            pending -= 1
            onFailure(error)
            send(response, NOT_WRITTEN)
          },
        )
        return
      default:
        decision satisfies never
    }
  }

  return {
    take: (request, response) => {
      // A body of these has no meaning (RFC 9110, 9.3.1); Node.js lets it go after the answer.
      if (request.method === 'GET' || request.method === 'HEAD') return decideOn(request, response)
      discardBody(request, bytes => {
        if (bytes <= MAX_BODY_BYTES) return decideOn(request, response)
        response.setHeader('connection', 'close')
        send(response, errorAnswer(413, `the body has more than ${MAX_BODY_BYTES} bytes`))
      })
    },
    pending: () => pending,
  }
}

const NOT_WRITTEN = errorAnswer(503, 'the event could not be stored', undefined, {
  'retry-after': String(RETRY_SECONDS),
})

/** Calls `done` once, with the number of bytes, at the end of the body or when there were too many to go on. */
function discardBody(request: IncomingMessage, done: (bytes: number) => void): void {
  let bytes = 0
  const onData = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_DISCARDED_BYTES) finish()
  }
  const finish = () => {
    request.off('data', onData)
    request.off('end', finish)
    done(bytes)
  }
  request.on('data', onData)
  request.on('end', finish)
  // A client that went away has nobody to answer; without a listener this would be thrown.
  request.on('error', () => {})
}

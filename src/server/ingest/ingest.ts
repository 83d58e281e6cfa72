/** Handles HTTP requests that send events: all requests that match no other route of the server. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorAnswer, recordedAnswer, TOO_MANY_MONITORS, withReason } from '../http/answer.ts'
import type { ClientOf } from '../http/client.ts'
import type { IgnoredCounter } from '../http/ignored-counter.ts'
import type { NetworkList } from '../http/network-list.ts'
import type { SendAnswer } from '../http/send-answer.ts'
import type { Store } from '../store/store.ts'
import { type Policy, requestToEvent } from './request-to-event.ts'

export const MAX_BODY_BYTES = 64 * 1024

/** A body up to this size is read to its end, since some clients read the answer only after they have sent the whole body. */
const MAX_DISCARDED_BYTES = 1024 * 1024

/** Retry-After for a failed write: long enough to free disk space, or for a lock to be released. */
const RETRY_SECONDS = 10

export interface Ingest {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** How many events are being stored. */
  readonly pending: () => number
}

interface IngestPolicy extends Policy {
  /** Clients without a limit for their address. The limits of keys and monitors stay. */
  readonly relays?: NetworkList | undefined
}

export function createIngest(
  policy: IngestPolicy,
  clientOf: ClientOf,
  store: Pick<Store, 'record'>,
  send: SendAnswer,
  /** Called when an event could not be written. */
  onFailure: (error: unknown) => void,
  ignoredCounter: IgnoredCounter,
): Ingest {
  let pending = 0

  const recordEvent = (request: IncomingMessage, response: ServerResponse, hasBody = false) => {
    const { method = '', url = '' } = request
    const { ip, address } = clientOf(request)
    const isRelay = policy.relays?.includes(ip) === true
    const decision = requestToEvent({ method, target: url, address, isRelay, hasBody }, policy)
    switch (decision.kind) {
      case 'refuse':
        send(response, decision.answer)
        return
      case 'record':
        pending += 1
        store.record(decision.event).then(
          ({ kind }) => {
            pending -= 1
            const { ignored, event } = decision
            if (kind === 'too-many-monitors') {
              return send(response, withReason(NO_ROOM, 'too_many_monitors', event.monitorKey))
            }
            if (ignored.length > 0)
              ignoredCounter.count(ignored, `an event of the monitor ${event.monitorKey}`)
            send(response, recordedAnswer(ignored))
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
    handle: (request, response) => {
      // A body has no meaning here (RFC 9110, 9.3.1); Node.js discards it after the answer.
      if (request.method === 'GET' || request.method === 'HEAD') return recordEvent(request, response)
      discardBody(request, bytes => {
        if (bytes > MAX_BODY_BYTES) {
          response.setHeader('connection', 'close')
          if (policy.isStrict)
            return send(response, errorAnswer(413, `the body has more than ${MAX_BODY_BYTES} bytes`))
        }
        recordEvent(request, response, bytes > 0)
      })
    },
    pending: () => pending,
  }
}

const NO_ROOM = errorAnswer(403, TOO_MANY_MONITORS)

const NOT_WRITTEN = errorAnswer(503, 'the event could not be stored', undefined, {
  'retry-after': String(RETRY_SECONDS),
})

/** Calls `done` once, with the number of bytes read: at the end of the body, or above MAX_DISCARDED_BYTES. */
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
  // The client has disconnected and needs no answer. Without a listener, Node.js would throw the error.
  request.on('error', () => {})
}

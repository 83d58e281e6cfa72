/** Sends the answer to a request that may wait for events. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CanStillRead } from '../http/route-context.ts'
import type { LongPoll, LongPolls } from './long-poll.ts'
import { type Refuse, sendJson } from './send-response.ts'

export interface PollOptions {
  /** How long the client waits; undefined or 0 if it does not. */
  readonly seconds: number | undefined
  /** Undefined to wait for events of all monitors. */
  readonly monitorKey: string | undefined
  /** Creates the body of the answer. It is given a poll if the client waits. */
  readonly body: (poll: LongPoll | undefined) => Promise<object>
}

export type SendLongPoll = (
  request: IncomingMessage,
  response: ServerResponse,
  options: PollOptions,
) => Promise<void>

export function createLongPollSender(
  polls: LongPolls,
  refuse: Refuse,
  canStillRead: CanStillRead,
): SendLongPoll {
  return async (request, response, { seconds, monitorKey, body }) => {
    if (seconds === undefined || seconds === 0) return sendJson(response, await body(undefined))
    const poll = polls.start(seconds * 1000, monitorKey)
    if (poll === undefined) {
      response.setHeader('retry-after', '5')
      return refuse(response, 503, 'too many clients are waiting', 'wait')
    }
    const { socket } = request
    // A client that half-closes the connection gets an answer (sockets.ts), but no wait: most such clients are gone.
    if (socket.readableEnded || socket.destroyed) poll.cancel()
    socket.once('end', poll.cancel).once('close', poll.cancel)
    try {
      const json = await body(poll)
      return canStillRead(request)
        ? sendJson(response, json)
        : refuse(response, 401, 'the API key was removed, or the session has ended, during the wait')
    } finally {
      socket.off('end', poll.cancel).off('close', poll.cancel)
      poll.cancel()
    }
  }
}

/** The connections of the server: time limits, answers to clients that do not speak HTTP, and how connections end. */

import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { openFilesLimit } from '../../system/open-files-limit.ts'
import { errorAnswer } from './answer.ts'
import type { Certificate } from './certificate.ts'
import { MAX_TARGET_BYTES } from './check-request.ts'
import { boundIdleConnections, maxIdleConnections } from './idle-connections.ts'
import type { RefusalCounter } from './refusal-counter.ts'
import { usualReason } from './refusal-reason.ts'
import { writeAnswer } from './send-answer.ts'

export interface Times {
  /** Until all headers of a request have arrived, in milliseconds; also for a client that connects and sends nothing. */
  readonly headersMs: number
  /** Until the whole request has arrived. */
  readonly requestMs: number
  /** How often these two limits are checked. */
  readonly lookEveryMs: number
  /**
   * How long a connection without a request is kept. It must be longer than proxies and load balancers keep theirs, or
   * some of their requests meet a connection that is being closed, and are answered 502: nginx and AWS's load balancer
   * close theirs after 60 s, Node.js after 5 s by default.
   */
  readonly idleMs: number
}

/** A request of the API fits into one packet: even slow networks need much less time. */
export const TIMES: Times = { headersMs: 10_000, requestMs: 30_000, lookEveryMs: 2_000, idleMs: 75_000 }

/** Node.js counts the request target too. Above its limit, a long target is answered with 414 and not with 431. */
const MAX_HEADER_BYTES = MAX_TARGET_BYTES + 64 * 1024

export interface ServerSockets {
  readonly server: Server | TlsServer
  /** Closes all connections at once. */
  readonly destroy: () => void
  /** Resolves when the server is closed, and its last connection too. */
  readonly closed: Promise<void>
}

export function createServerSockets(
  listener: RequestListener,
  options: {
    readonly certificate: Certificate | undefined
    readonly times: Times
    readonly refusals: Pick<RefusalCounter, 'count'>
    readonly warn: (text: string) => void
    /** How many connections may be idle. */
    readonly maxIdle?: number
  },
): ServerSockets {
  const { certificate, times, refusals, warn, maxIdle = maxIdleConnections(openFilesLimit()) } = options
  const http = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: times.headersMs,
    requestTimeout: times.requestMs,
    connectionsCheckingInterval: times.lookEveryMs,
    keepAliveTimeout: times.idleMs,
  }
  const server =
    certificate === undefined
      ? createServer(http, listener)
      : createTlsServer({ ...http, ...certificate, handshakeTimeout: times.headersMs }, listener)

  // A client may close its side after its request (`printf … | nc`), before the store has the event. With this option
  // it still gets an answer; by default Node.js then closes the connection at once.
  Object.assign(server, { httpAllowHalfOpen: true })

  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  boundIdleConnections(server, maxIdle)
  server.on('clientError', (error, socket: Socket) => {
    const status = answerNoHttp(error, socket)
    if (status !== undefined) refusals.count({ status, reason: usualReason(status, undefined) })
  })
  // RFC 9110, 10.1.1. Without this listener Node.js answers 417 too, but not in JSON.
  server.on('checkExpectation', (_request, response) => {
    const answer = errorAnswer(417, 'the server does not support this expectation', undefined, {
      connection: 'close',
    })
    refusals.count({ status: 417, reason: 'unsupported' })
    writeAnswer(response, answer)
  })
  // For example EMFILE: no descriptor is left for the connection. The client will try again.
  server.on('error', error => {
    if (server.listening) warn(`a connection could not be accepted: ${error.message}`)
  })
  return {
    server,
    destroy: () => {
      for (const socket of sockets) socket.destroy()
    },
    closed: new Promise(resolve => server.once('close', resolve)),
  }
}

/** Node.js does the same by default, but without JSON. Returns the status; undefined if nobody gets an answer. */
function answerNoHttp(error: NodeJS.ErrnoException, socket: Socket): number | undefined {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return undefined
  }
  const [status, words] = NO_HTTP[error.code ?? ''] ?? [400, 'the request is not HTTP']
  const body = `${errorAnswer(status, words).body}\n`
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  )
  return status
}

const NO_HTTP: Readonly<Record<string, readonly [status: number, words: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
  // Node.js before 20.20 lets such bytes pass.
  HPE_INVALID_URL: [400, 'the request target has characters that must be percent-encoded'],
  HPE_HEADER_OVERFLOW: [431, `the headers have more than ${MAX_HEADER_BYTES} bytes`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions of the body are too long'],
}

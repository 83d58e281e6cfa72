/** The sockets of the server: how long a client may take, what it is told when it speaks no HTTP, and how they are ended. */

import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { errorAnswer } from './answer.ts'
import type { Certificate } from './certificate.ts'
import { writeAnswer } from './send-answer.ts'

export interface Times {
  /** For all of a request's headers, in milliseconds; also for a client that connects and sends nothing. */
  readonly headersMs: number
  /** For all of a request. */
  readonly requestMs: number
  /** How often that is looked at. */
  readonly lookEveryMs: number
}

/** A request of the API is one packet: who needs longer than this is not on a slow line but in no hurry. */
export const TIMES: Times = { headersMs: 10_000, requestMs: 30_000, lookEveryMs: 2_000 }

/** Larger than the longest request target that there is a better answer to (414) than Node.js's own (431). */
const MAX_HEADER_BYTES = 64 * 1024

export interface ServerSockets {
  readonly server: Server | TlsServer
  /** Ends all of them, whatever they are at. */
  readonly destroy: () => void
}

export function createServerSockets(
  listener: RequestListener,
  options: {
    readonly certificate: Certificate | undefined
    readonly times: Times
    readonly warn: (text: string) => void
  },
): ServerSockets {
  const { certificate, times, warn } = options
  const http = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: times.headersMs,
    requestTimeout: times.requestMs,
    connectionsCheckingInterval: times.lookEveryMs,
  }
  const server =
    certificate === undefined
      ? createServer(http, listener)
      : createTlsServer({ ...http, ...certificate, handshakeTimeout: times.headersMs }, listener)

  // A client may end its side once it has sent its request (`printf … | nc`), and the answer comes only when the store
  // has the event. Node.js would end the other side at once.
  Object.assign(server, { httpAllowHalfOpen: true })

  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('clientError', answerNoHttp)
  // RFC 9110, 10.1.1. Without a listener Node.js answers so too, but not in JSON.
  server.on('checkExpectation', (_request, response) => {
    const answer = errorAnswer(417, 'the server meets no such expectation', undefined, {
      connection: 'close',
    })
    writeAnswer(response, answer)
  })
  // No descriptor is left for a client (EMFILE), say; it will come again.
  server.on('error', error => {
    if (server.listening) warn(`a connection could not be accepted: ${error.message}`)
  })
  return {
    server,
    destroy: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** What Node.js does where nobody listens, in JSON. */
function answerNoHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, words] = NO_HTTP[error.code ?? ''] ?? [400, 'the request is not HTTP']
  const body = `${errorAnswer(status, words).body}\n`
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

const NO_HTTP: Readonly<Record<string, readonly [status: number, words: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come to its end in time'],
  HPE_HEADER_OVERFLOW: [431, `the headers have more than ${MAX_HEADER_BYTES} bytes`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the body has too much besides its content'],
}

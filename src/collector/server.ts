/** The Telemetry API as an HTTP server on this host. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answer, MAX_BODY_BYTES, type Surroundings } from './answer.ts'

export interface CollectorOptions extends Partial<Surroundings> {
  /** 0 is any free port. */
  readonly port: number
  readonly limits: Surroundings['limits']
  readonly store: Surroundings['store']
}

export interface Collector {
  readonly url: string
  readonly port: number
  /** Takes no more requests, and resolves once those under way are answered, or after `graceMs` (default: 1,000). */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Any key is accepted, so nobody but this host may connect. */
const ADDRESS = '127.0.0.1'

/** A client that reads only after it has written all of its body shall get its answer; to a point. */
const MAX_DISCARDED_BYTES = 1024 * 1024

/** Resolves when it listens; rejects with the system's error (`EADDRINUSE`, `EACCES`) where it cannot. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const surroundings: Surroundings = {
    clock: () => performance.now(),
    wallClock: () => Date.now(),
    ...options,
  }
  const server = createServer(
    // Node.js answers larger headers with 431 itself; a target between our limit and this one gets its 414 from us.
    { maxHeaderSize: 64 * 1024, headersTimeout: 10_000, requestTimeout: 30_000 },
    (request, response) => {
      discardBody(request, bodyBytes => {
        const { status, headers, body } = answer(
          {
            method: request.method ?? '',
            target: request.url ?? '',
            hosts: request.headersDistinct.host ?? [],
            address: request.socket.remoteAddress ?? '',
            bodyBytes,
          },
          surroundings,
        )
        reply(response, status, body, {
          ...headers,
          ...(bodyBytes > MAX_BODY_BYTES && { connection: 'close' }),
        })
      })
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, ADDRESS, resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    url: `http://${ADDRESS}:${port}`,
    port,
    close: async (graceMs = 1000) => {
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      await new Promise<void>(resolve => server.close(() => resolve()))
      clearTimeout(timer)
    },
  }
}

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

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  const bytes = Buffer.from(`${body}\n`)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  // To a HEAD request Node.js sends the headers alone.
  response.end(bytes)
}

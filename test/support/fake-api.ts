/** A Telemetry API for tests: records each request, checks it by the API's description, answers as the test asks. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { noteChecked } from './checked-traffic.ts'
import { GARBAGE } from './raw-server.ts'
import { problemsOf, type RecordedRequest, type Recording, recordOf } from './recorded-request.ts'

export type { RecordedRequest }

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/**
 * 'hang' never answers; 'hang-after-headers' answers with 200 and promises a body that never comes; 'reset-in-body'
 * answers with 200 and ends the connection with RST in the middle of the body, 'reset' before any answer; 'garbage'
 * answers with bytes that are not HTTP.
 */
export type Answer = Reply | 'hang' | 'hang-after-headers' | 'reset-in-body' | 'reset' | 'garbage'

/** `index` counts all requests from 0. A promise holds the answer until the test lets it go. */
export type Respond = (request: RecordedRequest, index: number) => Answer | Promise<Answer>

export interface FakeApiOptions {
  /** Default: 200 for each request. */
  readonly respond?: Respond
  /** Why requests that the API does not declare are right in this test; else `close` throws for them. */
  readonly allowInvalid?: string
  /** A path prefix; the API's description applies to the rest of the path. */
  readonly base?: RegExp
}

export interface FakeApi {
  readonly url: string
  readonly port: number
  /** Each problem of each request, in the order of their arrival. */
  readonly problems: readonly string[]
  /** May be replaced at any time. */
  respond: Respond
  /** All requests in the order of their arrival, or those of one monitor. */
  readonly events: (monitorKey?: string) => RecordedRequest[]
  /** Resolves with all requests once `predicate` holds for them; rejects after `timeoutMs` (default: 10,000). */
  readonly waitFor: (
    predicate: (events: readonly RecordedRequest[]) => boolean,
    timeoutMs?: number,
  ) => Promise<RecordedRequest[]>
  /** Ends the server and every connection; throws if a request was not as the API's description has it. */
  readonly close: () => Promise<void>
}

/** Starts one on a free port of 127.0.0.1. */
export async function startFakeApi(options: FakeApiOptions = {}): Promise<FakeApi> {
  const requests: Recording[] = []
  const problems: string[] = []
  const watchers = new Set<() => void>()
  const changed = () => {
    for (const watcher of [...watchers]) watcher()
  }

  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const request = recordOf(message)
    const index = requests.push(request) - 1
    const found = problemsOf(options.base === undefined ? request : withoutBase(request, options.base)).map(
      problem => `${request.method} ${request.monitorKey} state=${request.state}: ${problem}`,
    )
    problems.push(...found)
    const { testPath = '', currentTestName = '' } = expect.getState()
    noteChecked({
      what: 'request',
      by: 'api',
      file: testPath,
      test: currentTestName,
      problems: found,
      ...(options.allowInvalid !== undefined && { exception: options.allowInvalid }),
    })
    changed()
    const body: Buffer[] = []
    message.on('data', (chunk: Buffer) => body.push(chunk))
    message.on('end', () => {
      request.body = Buffer.concat(body)
    })
    const answer = await api.respond(request, index)
    // The status is noted before it is sent: whoever has seen the answer finds it here.
    request.answered = statusOf(answer)
    send(answer, message, response)
    changed()
  }

  // Longer targets than the API takes shall be recorded and judged, not refused by Node.js.
  const server = createServer(
    { maxHeaderSize: 256 * 1024, keepAliveTimeout: 60_000 },
    (message, response) => {
      // The question of `cronitor doctor`, which is no telemetry.
      if (message.method === 'HEAD' && message.url === '/') {
        response.writeHead(404).end()
        return
      }
      handle(message, response).catch(error => {
        problems.push(`the test's own answer failed: ${error}`)
        message.socket.destroy()
      })
    },
  )
  server.on('clientError', (error, socket) => {
    const { code } = error as NodeJS.ErrnoException
    // A client that leaves in the middle of its request has said nothing wrong.
    const isHttp = code?.startsWith('HPE_') !== true || code === 'HPE_INVALID_EOF_STATE'
    if (!isHttp) problems.push(`a request that is not HTTP: ${code}`)
    socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  const api: FakeApi = {
    url: `http://127.0.0.1:${port}`,
    port,
    problems,
    respond: options.respond ?? (() => ({ status: 200 })),
    events: monitorKey =>
      requests.filter(event => monitorKey === undefined || event.monitorKey === monitorKey),
    waitFor: (predicate, timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!predicate(requests)) return
          watchers.delete(look)
          clearTimeout(timer)
          resolve([...requests])
        }
        const timer = setTimeout(() => {
          watchers.delete(look)
          const seen = requests.map(({ method, monitorKey, state, answered }) => ({
            method,
            monitorKey,
            state,
            answered,
          }))
          reject(new Error(`not seen within ${timeoutMs} ms; seen: ${JSON.stringify(seen)}`))
        }, timeoutMs)
        watchers.add(look)
        look()
      }),
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
      if (problems.length > 0 && options.allowInvalid === undefined) {
        throw new Error(`requests that the API does not declare:\n${problems.join('\n')}`)
      }
    },
  }
  return api
}

function withoutBase(request: RecordedRequest, base: RegExp): RecordedRequest {
  const match = base.exec(request.target)
  return match?.index === 0 ? { ...request, target: request.target.slice(match[0].length) } : request
}

/** Undefined if there is none. */
function statusOf(answer: Answer): number | undefined {
  if (typeof answer === 'object') return answer.status
  return answer === 'hang-after-headers' || answer === 'reset-in-body' ? 200 : undefined
}

function send(answer: Answer, message: IncomingMessage, response: ServerResponse): void {
  switch (answer) {
    case 'hang':
      return
    case 'hang-after-headers':
      // A response to HEAD has no body that could be waited for (RFC 9110, 9.3.2).
      response.writeHead(200, { 'content-length': '100' }).flushHeaders()
      return
    case 'reset-in-body':
      // What was written is in the client's hands before the RST comes, since it is written at once (Linux, loopback).
      message.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart', () =>
        message.socket.resetAndDestroy(),
      )
      return
    case 'reset':
      message.socket.resetAndDestroy()
      return
    case 'garbage':
      message.socket.end(GARBAGE)
      return
    default:
      response.writeHead(answer.status, answer.headers).end(answer.body)
  }
}

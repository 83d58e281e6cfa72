/** Reads JSON from a server: one GET at a time, with the same proxy and certificates as the sending of events. */

import { connectionCode, connectionProblem } from './connection-problem.ts'
import { openConnections } from './connections.ts'
import type { ConnectionRequest, HttpConnection } from './http-connection.ts'
import { type ClientEnvironment, chooseProxy } from './proxy.ts'

export interface ReaderOptions {
  /** Scheme, host and port, for example `http://127.0.0.1:8427`. Redirects are not followed. */
  readonly origin: string
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey: string | undefined
  /** Uses HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR. */
  readonly env: ClientEnvironment
  /** For `user-agent: cronitor-exec/VERSION`. */
  readonly version: string
}

export type ReadAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** The parsed body; undefined if it is not JSON. */
      readonly json: unknown
      readonly retryAfter?: string
    }
  /** No answer. `message` is one line for people, without key or path; `code` is Node.js's error code. */
  | { readonly kind: 'error'; readonly message: string; readonly code?: string }

export interface Reader {
  /** Never rejects. `timeoutMs` covers connection, headers and body. One call at a time. */
  get(path: string, timeoutMs: number, signal?: AbortSignal): Promise<ReadAnswer>
  /** Closes the connection without waiting. */
  close(): void
}

/** Room for a thousand runs with the longest messages, even if JSON escapes each character. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** @throws TypeError if `origin` is not a URL */
export async function openReader(options: ReaderOptions): Promise<Reader> {
  const origin = new URL(options.origin)
  const proxy = chooseProxy(origin, options.env)
  if (proxy.kind === 'unusable') {
    return { get: async () => ({ kind: 'error', message: proxy.problem }), close: () => {} }
  }
  const peer = proxy.kind === 'proxy' ? { host: origin.host, proxy: proxy.url.host } : { host: origin.host }
  const connections = openConnections(origin, proxy.kind === 'proxy' ? proxy.url : undefined, options.env)
  let connection: HttpConnection | undefined

  const close = (): void => {
    connection?.destroy()
    connection = undefined
  }
  const failed = (error: unknown, furtherProblem?: string): ReadAnswer => {
    const code = connectionCode(error)
    const problem = connectionProblem(error, peer)
    const message = furtherProblem === undefined ? problem : `${problem}; ${furtherProblem}`
    return code === undefined ? { kind: 'error', message } : { kind: 'error', message, code }
  }

  return {
    close,
    async get(path, timeoutMs, signal) {
      const tried = new Set<string>()
      const request: ConnectionRequest = {
        method: 'GET',
        path,
        headers: {
          accept: 'application/json',
          'user-agent': `cronitor-exec/${options.version}`,
          ...(options.apiKey !== undefined && { authorization: `Bearer ${options.apiKey}` }),
        },
      }
      for (;;) {
        let fault: unknown
        try {
          connection ??= connections.open()
          const answer = await exchange(connection, request, { timeoutMs, signal, host: peer.host })
          if (answer.kind !== 'failed') {
            // The rest of a late response would delay the next request.
            if (answer.kind === 'error') close()
            return answer
          }
          fault = answer.error
        } catch (error) {
          fault = error
        }
        close()
        const other = connections.alternativeFor(fault, tried)
        if (other.kind === 'none') return failed(fault, other.problem)
      }
    },
  }
}

type Exchanged = ReadAnswer | { readonly kind: 'failed'; readonly error: unknown }

function exchange(
  connection: HttpConnection,
  request: ConnectionRequest,
  how: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined; readonly host: string },
): Promise<Exchanged> {
  const { timeoutMs, signal, host } = how
  return new Promise(resolve => {
    let status = 0
    let retryAfter: string | undefined
    let bytes = 0
    const chunks: Uint8Array[] = []

    const finish = (result: Exchanged): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      resolve(result)
    }
    const giveUp = (message: string): void => finish({ kind: 'error', message })
    const abort = (): void => giveUp(`no answer from ${host} in the time given`)
    const timer = setTimeout(() => giveUp(`no answer from ${host} within ${timeoutMs / 1000} s`), timeoutMs)
    if (signal?.aborted) return abort()
    signal?.addEventListener('abort', abort)

    connection.dispatch(request, {
      onStart: () => {},
      onHead: (statusCode, headers) => {
        if (statusCode < 200) return
        status = statusCode
        const header = headers['retry-after']
        if (typeof header === 'string') retryAfter = header
      },
      onData: chunk => {
        bytes += chunk.length
        if (bytes > MAX_BODY_BYTES) giveUp(`the answer of ${host} is too long`)
        else chunks.push(chunk)
      },
      onEnd: () =>
        finish({
          kind: 'answer',
          status,
          json: parsed(Buffer.concat(chunks)),
          ...(retryAfter !== undefined && { retryAfter }),
        }),
      onError: error => finish({ kind: 'failed', error }),
    })
  })
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(String(body))
  } catch {
    return undefined
  }
}

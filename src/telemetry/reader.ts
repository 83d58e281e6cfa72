/** Reads JSON from a server over HTTP: one GET at a time, by the same proxy and certificates as events are sent. */

import type { Dispatcher } from 'undici'
import { connectionCode, connectionProblem } from './connection-problem.ts'
import { type Connections, openConnections } from './connections.ts'
import { chooseProxy, type Environment } from './proxy.ts'

export interface ReaderOptions {
  /** Scheme, host and port, for example `http://127.0.0.1:8427`. No request goes to another: redirects are not followed. */
  readonly origin: string
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey: string | undefined
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly env: Environment
  /** The version that `user-agent: cronitor-exec/VERSION` names. */
  readonly version: string
}

export type ReadAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** The body where it is JSON, else undefined. */
      readonly json: unknown
      readonly retryAfter?: string
    }
  /** No answer: `message` is one line for people and holds neither key nor path; `code` is Node.js's, where there is one. */
  | { readonly kind: 'error'; readonly message: string; readonly code?: string }

export interface Reader {
  /** Never rejects. `timeoutMs` is for connection, headers and body together. One call at a time. */
  get(path: string, timeoutMs: number, signal?: AbortSignal): Promise<ReadAnswer>
  /** Closes the connection without waiting. */
  close(): void
}

/** Room for a thousand runs with the longest messages, each character of which JSON may have to escape. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** @throws TypeError where `origin` is no URL */
export async function openReader(options: ReaderOptions): Promise<Reader> {
  const origin = new URL(options.origin)
  const proxy = chooseProxy(origin, options.env)
  if (proxy.kind === 'unusable') {
    return { get: async () => ({ kind: 'error', message: proxy.problem }), close: () => {} }
  }
  const peer = proxy.kind === 'proxy' ? { host: origin.host, proxy: proxy.url.host } : { host: origin.host }
  const open = await openConnections(origin.origin, proxy.kind === 'proxy' ? proxy.url : undefined)
  let connections: Connections | undefined

  const close = (): void => {
    connections?.destroy()
    connections = undefined
  }
  const failed = (error: unknown): ReadAnswer => {
    const code = connectionCode(error)
    const message = connectionProblem(error, peer)
    return code === undefined ? { kind: 'error', message } : { kind: 'error', message, code }
  }

  return {
    close,
    async get(path, timeoutMs, signal) {
      try {
        connections ??= open()
        const request: Dispatcher.DispatchOptions = {
          origin: origin.origin,
          method: 'GET',
          path,
          headers: {
            accept: 'application/json',
            'user-agent': `cronitor-exec/${options.version}`,
            ...(options.apiKey !== undefined && { authorization: `Bearer ${options.apiKey}` }),
          },
        }
        const answer = await exchange(connections.dispatcher, request, { timeoutMs, signal, host: peer.host })
        if (answer.kind === 'failed') {
          close()
          return failed(answer.error)
        }
        // What is left of such an exchange must not hold up the next one.
        if (answer.kind === 'error') close()
        return answer
      } catch (error) {
        close()
        return failed(error)
      }
    },
  }
}

type Exchanged = ReadAnswer | { readonly kind: 'failed'; readonly error: unknown }

function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  how: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined; readonly host: string },
): Promise<Exchanged> {
  const { timeoutMs, signal, host } = how
  return new Promise(resolve => {
    let status = 0
    let retryAfter: string | undefined
    let bytes = 0
    const chunks: Buffer[] = []

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

    dispatcher.dispatch(request, {
      // By which undici tells this kind of handler from an older one.
      onRequestStart: () => {},
      onResponseStart: (_controller, statusCode, headers) => {
        // 1xx come before the answer (RFC 9110, 15.2).
        if (statusCode < 200) return
        status = statusCode
        const header = headers['retry-after']
        if (typeof header === 'string') retryAfter = header
      },
      onResponseData: (_controller, chunk) => {
        bytes += chunk.length
        if (bytes > MAX_BODY_BYTES) giveUp(`too long an answer from ${host}`)
        else chunks.push(chunk)
      },
      onResponseEnd: () =>
        finish({
          kind: 'answer',
          status,
          json: parsed(Buffer.concat(chunks)),
          ...(retryAfter !== undefined && { retryAfter }),
        }),
      onResponseError: (_controller, error) => finish({ kind: 'failed', error }),
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

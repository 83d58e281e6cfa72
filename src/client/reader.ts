/** Reads JSON from a server over HTTP: one GET at a time, by the same proxy and certificates as events are sent. */

import { connectionCode, connectionProblem } from './connection-problem.ts'
import { openConnections } from './connections.ts'
import type { Line, LineRequest } from './line.ts'
import { type ClientEnvironment, chooseProxy } from './proxy.ts'

export interface ReaderOptions {
  /** Scheme, host and port, for example `http://127.0.0.1:8427`. No request goes to another: redirects are not followed. */
  readonly origin: string
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey: string | undefined
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR. */
  readonly env: ClientEnvironment
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
  const connections = await openConnections(
    origin,
    proxy.kind === 'proxy' ? proxy.url : undefined,
    options.env,
  )
  let line: Line | undefined

  const close = (): void => {
    line?.destroy()
    line = undefined
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
      const request: LineRequest = {
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
          line ??= connections.open()
          const answer = await exchange(line, request, { timeoutMs, signal, host: peer.host })
          if (answer.kind !== 'failed') {
            // What is left of such an exchange must not hold up the next one.
            if (answer.kind === 'error') close()
            return answer
          }
          fault = answer.error
        } catch (error) {
          fault = error
        }
        close()
        const other = connections.otherWay(fault, tried)
        if (other.kind === 'none') return failed(fault, other.problem)
      }
    },
  }
}

type Exchanged = ReadAnswer | { readonly kind: 'failed'; readonly error: unknown }

function exchange(
  line: Line,
  request: LineRequest,
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

    line.dispatch(request, {
      onStart: () => {},
      onHead: (statusCode, headers) => {
        if (statusCode < 200) return
        status = statusCode
        const header = headers['retry-after']
        if (typeof header === 'string') retryAfter = header
      },
      onData: chunk => {
        bytes += chunk.length
        if (bytes > MAX_BODY_BYTES) giveUp(`too long an answer from ${host}`)
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

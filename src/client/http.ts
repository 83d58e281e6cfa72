/** The HTTP client: one request at a time over one persistent connection. Failures are answers, not exceptions. */

import { connectionCode, connectionProblem, type Peer, proxyStatus } from './connection-problem.ts'
import { openConnections } from './connections.ts'
import type { ConnectionRequest, HttpConnection } from './http-connection.ts'
import type { ApiAnswer } from './outcome.ts'
import { type ClientEnvironment, chooseProxy, type ProxyChoice } from './proxy.ts'
import type { TelemetryRequest } from './request.ts'

/** The connection is closed instead of reading a longer body. */
const MAX_BODY_BYTES = 64 * 1024

/** How long the body may take once the status has arrived. The body is only read so that the connection can be reused. */
const BODY_GRACE_MS = 1000

const DEFAULT_TRY_TIMEOUT_MS = 10_000

export interface ClientOptions {
  /** Scheme, host and port, for example `https://cronitor.link`. */
  readonly origin: string
  /** Uses HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR. */
  readonly env: ClientEnvironment
  /** For `user-agent: cronitor-exec/VERSION`. */
  readonly version: string
  /** Time for connection, headers and body together, in milliseconds. Default: 10,000. */
  readonly tryTimeoutMs?: number
}

/** Requests for events have neither headers nor a body. */
export interface ClientRequest extends TelemetryRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Client {
  /**
   * Sends a request once, and follows no redirects. Never rejects. Call it again only after it has resolved. An abort
   * ends it at once.
   */
  send(request: ClientRequest, signal?: AbortSignal): Promise<ApiAnswer>
  /** Begins to connect before the first request, which gets the error if this fails. Never throws. */
  connect(): void
  /** Closes the connection without waiting. A request under way ends with an error. */
  close(): void
}

/** @throws TypeError if `origin` is not a URL */
export async function openClient(options: ClientOptions): Promise<Client> {
  const origin = new URL(options.origin)
  const proxy = chooseProxy(origin, options.env)
  if (proxy.kind === 'unusable') return unusableClient(proxy.problem)
  const peer = peerOf(origin, proxy)
  const tryTimeoutMs = options.tryTimeoutMs ?? DEFAULT_TRY_TIMEOUT_MS
  const headers = { 'user-agent': `cronitor-exec/${options.version}` }
  const connections = openConnections(origin, proxy.kind === 'proxy' ? proxy.url : undefined, options.env)
  let connection: HttpConnection | undefined

  // A connection that failed is never reused: a request that still waits for it would delay the next one.
  function drop(): void {
    connection?.destroy()
    connection = undefined
  }

  function connect(): void {
    if (connection !== undefined) return
    try {
      connection = connections.open()
      connection.connectEarly()
    } catch {
      drop()
    }
  }

  async function send(request: ClientRequest, signal?: AbortSignal): Promise<ApiAnswer> {
    const { method, path, body } = request
    const what = {
      method,
      path,
      headers: { ...headers, ...request.headers },
      ...(body !== undefined && { body }),
    }
    const tried = new Set<string>()
    const until = milliseconds() + tryTimeoutMs
    for (;;) {
      let fault: unknown
      try {
        connection ??= connections.open()
        const leftMs = Math.max(0, until - milliseconds())
        const exchanged = await exchange(connection, what, { peer, tryTimeoutMs, leftMs, signal })
        if (exchanged.kind === 'answer') {
          if (!exchanged.isReusable) drop()
          return exchanged.answer
        }
        fault = exchanged.error
      } catch (error) {
        fault = error
      }
      drop()
      const other = connections.alternativeFor(fault, tried)
      if (other.kind === 'none') return failed(fault, peer, other.problem)
    }
  }

  return { send, connect, close: drop }
}

/** Monotonic time. */
function milliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

type Exchanged =
  | { readonly kind: 'answer'; readonly answer: ApiAnswer; readonly isReusable: boolean }
  | { readonly kind: 'failed'; readonly error: unknown }

interface ExchangeOptions {
  readonly peer: Peer
  readonly tryTimeoutMs: number
  /** The rest of `tryTimeoutMs` after an earlier attempt within the same try. */
  readonly leftMs: number
  readonly signal: AbortSignal | undefined
}

/** One request and its answer. The status alone is the answer, even if the body fails. */
function exchange(
  connection: HttpConnection,
  request: ConnectionRequest,
  { peer, tryTimeoutMs, leftMs, signal }: ExchangeOptions,
): Promise<Exchanged> {
  return new Promise(resolve => {
    let status: ApiAnswer | undefined
    let isConnected = false
    let bodyBytes = 0

    const end = (exchanged: Exchanged): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      resolve(exchanged)
    }
    const finish = (answer: ApiAnswer, isReusable: boolean): void =>
      end({ kind: 'answer', answer, isReusable })
    const giveUp = (message: string): void => finish(status ?? { kind: 'error', message }, false)
    const abort = (): void => giveUp(`no answer from ${peer.host} in the time given`)
    const expire = (): void =>
      giveUp(
        `${isConnected ? 'no answer from' : 'no connection to'} ${peer.host} within ${tryTimeoutMs / 1000} s`,
      )
    let timer = setTimeout(expire, leftMs)
    if (signal?.aborted) return abort()
    signal?.addEventListener('abort', abort)

    connection.dispatch(request, {
      onStart: () => {
        isConnected = true
      },
      onHead: (statusCode, headers) => {
        if (statusCode < 200) return
        const retryAfter = headers['retry-after']
        status = {
          kind: 'status',
          status: statusCode,
          ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
        }
        clearTimeout(timer)
        timer = setTimeout(expire, Math.min(BODY_GRACE_MS, tryTimeoutMs))
      },
      onData: chunk => {
        bodyBytes += chunk.length
        if (bodyBytes > MAX_BODY_BYTES) giveUp('the answer is too long')
      },
      onEnd: () => finish(status ?? { kind: 'error', message: `no answer from ${peer.host}` }, true),
      onError: error => (status === undefined ? end({ kind: 'failed', error }) : finish(status, false)),
    })
  })
}

function failed(error: unknown, peer: Peer, furtherProblem?: string): ApiAnswer {
  // 407 is an answer, because no retry brings the missing credentials. Other statuses of a proxy are errors, because
  // the API did not send them.
  if (peer.proxy !== undefined && proxyStatus(error) === 407) return { kind: 'status', status: 407 }
  const code = connectionCode(error)
  const problem = connectionProblem(error, peer)
  const message = furtherProblem === undefined ? problem : `${problem}; ${furtherProblem}`
  return code === undefined ? { kind: 'error', message } : { kind: 'error', message, code }
}

function peerOf(origin: URL, proxy: Exclude<ProxyChoice, { kind: 'unusable' }>): Peer {
  return proxy.kind === 'proxy' ? { host: origin.host, proxy: proxy.url.host } : { host: origin.host }
}

function unusableClient(problem: string): Client {
  return { send: async () => ({ kind: 'error', message: problem }), connect: () => {}, close: () => {} }
}

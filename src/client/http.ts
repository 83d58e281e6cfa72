/** The HTTP client: one request at a time over one kept connection, every failure as an answer. */

import { connectionCode, connectionProblem, type Peer, proxyStatus } from './connection-problem.ts'
import { openConnections } from './connections.ts'
import type { Line, LineRequest } from './line.ts'
import type { ApiAnswer } from './outcome.ts'
import { type ClientEnvironment, chooseProxy, type ProxyChoice } from './proxy.ts'
import type { TelemetryRequest } from './request.ts'

/** A longer answer is not read to its end: the connection is given up instead. */
const MAX_BODY_BYTES = 64 * 1024

/** How long an answer's body may take once its status is known; only the connection's reuse depends on it. */
const BODY_GRACE_MS = 1000

const DEFAULT_TRY_TIMEOUT_MS = 10_000

export interface ClientOptions {
  /** Scheme, host and port, for example `https://cronitor.link`. */
  readonly origin: string
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR. */
  readonly env: ClientEnvironment
  /** The version that `user-agent: cronitor-exec/VERSION` names. */
  readonly version: string
  /** Time for connection, headers and body together, in milliseconds; 10,000 unless given. */
  readonly tryTimeoutMs?: number
}

/** An event has neither headers of its own nor a body. */
export interface ClientRequest extends TelemetryRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Client {
  /** Sends a request, once, without following redirects. Never rejects; one call at a time. An abort ends it at once. */
  send(request: ClientRequest, signal?: AbortSignal): Promise<ApiAnswer>
  /** Begins to connect, before there is a request; what fails is the first request's failure. Never throws. */
  connect(): void
  /** Closes connections without waiting; a request under way ends with an error. */
  close(): void
}

/** Loads undici's client, or its proxy agent where the environment asks for it. @throws TypeError where `origin` is no URL */
export async function openClient(options: ClientOptions): Promise<Client> {
  const origin = new URL(options.origin)
  const proxy = chooseProxy(origin, options.env)
  if (proxy.kind === 'unusable') return unusableClient(proxy.problem)
  const peer = peerOf(origin, proxy)
  const tryTimeoutMs = options.tryTimeoutMs ?? DEFAULT_TRY_TIMEOUT_MS
  const headers = { 'user-agent': `cronitor-exec/${options.version}` }
  const connections = await openConnections(
    origin,
    proxy.kind === 'proxy' ? proxy.url : undefined,
    options.env,
  )
  let line: Line | undefined

  // After a failure nothing is kept: a request that still waits for its connection would hold up the next one.
  function drop(): void {
    line?.destroy()
    line = undefined
  }

  function connect(): void {
    if (line !== undefined) return
    try {
      line = connections.open()
      line.beginEarly()
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
        line ??= connections.open()
        const leftMs = Math.max(0, until - milliseconds())
        const exchanged = await exchange(line, what, { peer, tryTimeoutMs, leftMs, signal })
        if (exchanged.kind === 'answer') {
          if (!exchanged.isReusable) drop()
          return exchanged.answer
        }
        fault = exchanged.error
      } catch (error) {
        fault = error
      }
      drop()
      const other = connections.otherWay(fault, tried)
      if (other.kind === 'none') return failed(fault, peer, other.problem)
    }
  }

  return { send, connect, close: drop }
}

/** By a clock that does not jump. */
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
  /** What an earlier attempt of the same try has left of it. */
  readonly leftMs: number
  readonly signal: AbortSignal | undefined
}

/** One request and its answer. Once the status is known it is the answer, whatever becomes of the body. */
function exchange(
  line: Line,
  request: LineRequest,
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

    line.dispatch(request, {
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
        if (bodyBytes > MAX_BODY_BYTES) giveUp('too long an answer')
      },
      onEnd: () => finish(status ?? { kind: 'error', message: `no answer from ${peer.host}` }, true),
      onError: error => (status === undefined ? end({ kind: 'failed', error }) : finish(status, false)),
    })
  })
}

function failed(error: unknown, peer: Peer, furtherProblem?: string): ApiAnswer {
  // Credentials do not come by trying again. What else a proxy says of itself is no word of the API's.
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

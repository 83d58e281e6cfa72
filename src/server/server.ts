/** The Telemetry API as an HTTP server, with the paths of the server's own. */

import type { AddressInfo } from 'node:net'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { throttle } from '../system/throttle.ts'
import { createReaderCheck } from './access/reader-check.ts'
import { errorAnswer, noSuchMethod } from './http/answer.ts'
import type { Certificate } from './http/certificate.ts'
import { checkRequest } from './http/check-request.ts'
import { createRefusalCounter, type RefusalCounter } from './http/refusal-counter.ts'
import { parseTarget } from './http/request-target.ts'
import type { KeyRing, RouteContext, Routes } from './http/route-context.ts'
import { createSendAnswer, type SendAnswer, writeAnswer } from './http/send-answer.ts'
import { createServerSockets, type ServerSockets, TIMES, type Times } from './http/sockets.ts'
import { createIngest } from './ingest/ingest.ts'
import type { RateLimits } from './ingest/rate-limits.ts'
import type { ServerRoutes } from './routes.ts'
import type { Store } from './store/store.ts'

/**
 * ServerSockets that wait to be accepted; the system has a bound of its own. With the 511 of Node.js's, of thousands of jobs
 * that start at once some believe that they are connected and are never heard.
 */
const BACKLOG = 4096

export interface ServerOptions {
  /** 0 is any free port. */
  readonly port: number
  /** An IP address. Default: 127.0.0.1. */
  readonly address?: string
  readonly store: Store
  readonly limits: RateLimits
  /** Undefined: any key is accepted, of clients on this host. */
  readonly keys?: KeyRing | undefined
  /** Default: true where any key is accepted. */
  readonly allowAnonymous?: boolean
  /** HTTPS with it, HTTP without. */
  readonly certificate?: Certificate | undefined
  /** The paths of the server's own. Default: none. */
  readonly own?: (context: RouteContext) => ServerRoutes
  readonly version?: string
  /** Counts each answer of 400 and above. */
  readonly refusals?: RefusalCounter
  /** Told, in a line and at most once a minute for each kind, of what the person who runs the server should know. */
  readonly warn?: (words: string) => void
  readonly times?: Times
  /** The monotonic clock, in milliseconds. */
  readonly clock?: () => number
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
}

export interface RunningServer {
  /** With the address, also where it was found by a name. */
  readonly url: string
  readonly port: number
  /** New connections are made with this one. Throws where certificate and key do not fit. */
  readonly setCertificate: (certificate: Certificate) => void
  /**
   * Takes no more connections, and resolves once the requests under way are answered. What is not over by itself is
   * ended after `graceMs` (default: 1,000), or after ten times as long where events wait for the store.
   */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Resolves when it listens; rejects with the system's error (`EADDRINUSE`, `EACCES`) where it cannot. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { keys, store, limits, warn = () => {}, clock = () => performance.now() } = options
  const { wallClock = () => Date.now(), allowAnonymous = keys === undefined } = options
  const scheme = options.certificate === undefined ? 'http' : 'https'
  const closing = new AbortController()
  const { refusals = createRefusalCounter() } = options
  const onRefusal = refusals.count
  const send = createSendAnswer(onRefusal)

  let connections: ServerSockets | undefined
  const app = fastify({
    serverFactory: listener => {
      const { certificate, times = TIMES } = options
      connections = createServerSockets(listener, { certificate, times, warn: throttle(warn, clock) })
      return connections.server
    },
    clientErrorHandler: () => {},
    return503OnClosing: false,
    routerOptions: {
      // Monitor keys are part of paths, and only the whole target has a limit (check-request.ts).
      maxParamLength: 64 * 1024,
      // Each path reads its query itself, and strictly.
      querystringParser: () => ({}),
      onBadUrl: (_path, request, response) => {
        const target = parseTarget(request.url ?? '')
        const reason = target.kind === 'malformed' ? target.reason : 'the path is not percent-encoded UTF-8'
        onRefusal(400)
        writeAnswer(response, errorAnswer(400, reason))
      },
    },
  })
  const failed = throttle(warn, clock)
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const status = error.statusCode ?? 500
    if (status < 500) return send(reply, errorAnswer(status, error.message))
    failed(`a request could not be answered: ${error.message}`)
    send(reply, errorAnswer(500, 'the server has failed at this request'))
  })
  app.addHook('onRequest', (request, reply, done) => {
    const refused = checkRequest(request.raw, { isOpen: keys === undefined, scheme })
    if (refused === undefined) done()
    else send(reply, refused)
  })

  const context: RouteContext = {
    store,
    wallClock,
    version: options.version ?? '',
    keys,
    isSecure: scheme === 'https',
    refusals,
    closing: closing.signal,
  }
  const { routes, hasSession } = options.own?.(context) ?? { routes: [], hasSession: () => false }
  const check = createReaderCheck({ keys, hasSession, limits, send, clock })
  await registerOwn(app, context, routes, check, send)

  const notStored = throttle(warn, clock)
  const onFailure = (error: unknown) =>
    notStored(`events cannot be stored, and are refused: ${error instanceof Error ? error.message : error}`)
  const ingest = createIngest({ limits, keys, allowAnonymous, clock, wallClock }, store, send, onFailure)
  // As a hook, since fastify looks at the type of a body before it comes to the handler; no body is looked at here.
  app.all('/*', { onRequest: ingest.take }, ingest.take)
  // Methods that fastify has no routes for.
  app.setNotFoundHandler(ingest.take)

  await app.listen({ port: options.port, host: options.address ?? '127.0.0.1', backlog: BACKLOG })
  const { port, address } = app.server.address() as AddressInfo
  return {
    url: `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`,
    port,
    setCertificate: certificate => {
      if (connections !== undefined && 'setSecureContext' in connections.server) {
        connections.server.setSecureContext(certificate)
      }
    },
    close: async (graceMs = 1000) => {
      closing.abort()
      const closed = app.close()
      // What was answered last is idle only now.
      const idle = setInterval(() => app.server.closeIdleConnections(), 50)
      const waitUntil = clock() + 10 * graceMs
      const end = () => {
        if (ingest.pending() > 0 && clock() < waitUntil) timer = setTimeout(end, 50)
        else connections?.destroy()
      }
      let timer = setTimeout(end, graceMs)
      await closed
      clearInterval(idle)
      clearTimeout(timer)
    },
  }
}

/** Each in a scope of its own, and for each of their paths an answer to the methods that it does not take. */
async function registerOwn(
  app: FastifyInstance,
  context: RouteContext,
  routes: readonly Routes[],
  check: ReturnType<typeof createReaderCheck>,
  send: SendAnswer,
): Promise<void> {
  const methods = new Map<string, string[]>()
  await app.register(async own => {
    own.addHook('onRequest', check)
    own.addHook('onRoute', ({ url, method }) => {
      methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()])
    })
    for (const register of routes) {
      await own.register(async scope => register(scope, context))
    }
  })
  for (const [url, allow] of methods) {
    const refuse = noSuchMethod(allow)
    app.route({
      method: app.supportedMethods.filter(method => !allow.includes(method)),
      url,
      onRequest: (_request, reply) => send(reply, refuse),
      handler: (_request, reply) => send(reply, refuse),
    })
  }
}

/** Starts the HTTP server: the Telemetry API, and the paths for readers. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setBacklog } from '../system/correct-runtime.ts'
import { errorMessage } from '../system/error-message.ts'
import { throttle, throttleEach } from '../system/throttle.ts'
import { createTurns } from '../system/turns.ts'
import type { ServerRoutes } from './all-routes.ts'
import type { Certificate } from './http/certificate.ts'
import { changeCertificate } from './http/change-certificate.ts'
import { MAX_STRICT_TARGET_BYTES, MAX_TARGET_BYTES } from './http/check-request.ts'
import { createClientOf } from './http/client.ts'
import { createIgnoredCounter, type IgnoredCounter } from './http/ignored-counter.ts'
import type { NetworkList } from './http/network-list.ts'
import { createRefusalCounter, type RefusalCounter } from './http/refusal-counter.ts'
import { createRefusalLog } from './http/refusal-log.ts'
import type { KeyRing, RouteContext } from './http/route-context.ts'
import { createRouter } from './http/router.ts'
import { createSendAnswer } from './http/send-answer.ts'
import { createServerSockets, type ServerSockets, TIMES, type Times } from './http/sockets.ts'
import { createIngest } from './ingest/ingest.ts'
import type { RateLimits } from './ingest/rate-limits.ts'
import { createKeyRedactor, type KeyRedactor } from './ingest/redact-keys.ts'
import { createRequestListener } from './request-listener.ts'
import type { DutyState } from './store/noted-duties.ts'
import type { Store } from './store/store.ts'

/**
 * How many connections may wait to be accepted, if the system allows as many. The default of Node.js, 511, is too small
 * if thousands of jobs start at once: the system completes some of their connections and then drops them.
 */
const BACKLOG = 4096

export interface ServerOptions {
  /** 0 is any free port. */
  readonly port: number
  /** An IP address. Default: 127.0.0.1. */
  readonly address?: string
  readonly store: Store
  readonly limits: RateLimits
  /** Undefined: the server accepts any key, from clients on this host only. */
  readonly keys?: KeyRing | undefined
  /** Removes keys from events. Default: those that are used. */
  readonly redactor?: KeyRedactor
  /** True: events without an API key are accepted. Default: true if `keys` is undefined. */
  readonly allowAnonymous?: boolean
  /** True: requests are validated to the letter of the API's description. Default: false. */
  readonly isStrict?: boolean
  /** HTTPS with a certificate, HTTP without. */
  readonly certificate?: Certificate | undefined
  /** The reverse proxies whose word about a client counts. Default: none. */
  readonly trustedProxies?: NetworkList | undefined
  /** The clients whose address has no limit for events. Default: none. */
  readonly relays?: NetworkList | undefined
  /** The paths besides those for events. Default: none. */
  readonly createRoutes?: (context: RouteContext) => ServerRoutes
  readonly version?: string
  /** Counts each answer of 400 and above. */
  readonly refusals?: RefusalCounter
  /** Counts what is left out of recorded events. */
  readonly ignoredCounter?: IgnoredCounter
  /** For /metrics: whether monitors cannot become late at the moment. Default: never. */
  readonly isLatenessPaused?: () => boolean
  /** For /metrics: the duties that this server does. Default: none. */
  readonly dutyStates?: () => readonly DutyState[]
  /** Called with one line, at most once a minute for each kind of problem. */
  readonly warn?: (text: string) => void
  readonly times?: Partial<Times>
  /** How many connections may be idle. Default: 1,000, or half the limit of open files. */
  readonly maxIdle?: number
  /** The monotonic clock, in milliseconds. */
  readonly clock?: () => number
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
}

export interface RunningServer {
  /** With the IP address, even if the server was started with a name. */
  readonly url: string
  readonly port: number
  /** Used for new connections. Throws if the certificate and the key do not belong together. */
  readonly setCertificate: (certificate: Certificate) => void
  /**
   * Accepts no more connections, and resolves once all open requests are answered. Requests that take longer than
   * `graceMs` (default: 1,000) are aborted; while events wait for the store, only after ten times as long.
   */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Resolves when the server listens; rejects with the system's error (`EADDRINUSE`, `EACCES`) if it cannot. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { keys, store, limits, certificate, warn = () => {}, maxIdle } = options
  const times = { ...TIMES, ...options.times }
  const { clock = () => performance.now(), wallClock = () => Date.now() } = options
  const { allowAnonymous = keys === undefined } = options
  const { redactor = createKeyRedactor(), isLatenessPaused = () => false, dutyStates = () => [] } = options
  const { refusals = createRefusalCounter(createRefusalLog({ warn, clock, redact: redactor.text })) } =
    options
  const { isStrict = false, ignoredCounter = createIgnoredCounter(warn, clock) } = options
  const scheme = certificate === undefined ? 'http' : 'https'
  const clientOf = createClientOf(options.trustedProxies)
  const closing = new AbortController()
  const send = createSendAnswer(refusals, clientOf)

  const {
    routes,
    hasSession,
    loadSession = () => undefined,
  } = options.createRoutes?.({
    store,
    wallClock,
    clock,
    version: options.version ?? '',
    keys,
    clientOf,
    refusals,
    ignoredCounter,
    isLatenessPaused,
    dutyStates,
    inTurn: createTurns(),
    closing: closing.signal,
  }) ?? NO_ROUTES
  const warnOfStore = throttleEach(warn, clock)
  const ingest = createIngest(
    { isStrict, limits, relays: options.relays, keys, redactor, allowAnonymous, clock, wallClock },
    clientOf,
    store,
    send,
    error => warnOfStore(`events cannot be stored, and are refused: ${errorMessage(error)}`),
    ignoredCounter,
  )
  const warnOfRoute = throttle(warn, clock)
  const listener = createRequestListener({
    checks: {
      isOpen: keys === undefined,
      clientOf,
      maxTargetBytes: isStrict ? MAX_STRICT_TARGET_BYTES : MAX_TARGET_BYTES,
    },
    router: createRouter(routes),
    readers: { keys, hasSession, clientOf, limits, clock },
    loadSession,
    takeEvent: ingest.handle,
    send,
    onError: error => warnOfRoute(`a request could not be answered: ${errorMessage(error)}`),
    closing: closing.signal,
  })
  const open = new Set<ServerSockets>()
  const warnOfSockets = throttle(warn, clock)
  const listen = (port: number, host: string, certificate: Certificate | undefined) => {
    const sockets = createServerSockets(listener, {
      certificate,
      times,
      refusals,
      warn: warnOfSockets,
      ...(maxIdle !== undefined && { maxIdle }),
    })
    sockets.server.listen({ port, host, backlog: BACKLOG }, () => setBacklog(BACKLOG))
    open.add(sockets)
    void sockets.closed.then(() => open.delete(sockets))
    return sockets
  }
  let sockets = listen(options.port, options.address ?? '127.0.0.1', certificate)
  await once(sockets.server, 'listening')
  const { port, address } = sockets.server.address() as AddressInfo
  return {
    url: `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`,
    port,
    setCertificate: next => {
      sockets = changeCertificate(sockets, next, () => listen(port, address, next))
    },
    close: async (graceMs = 1000) => {
      closing.abort()
      const grace = { graceMs, clock, isBusy: () => ingest.pending() > 0 }
      await Promise.all([...open].map(each => closeSockets(each, grace)))
    },
  }
}

const NO_ROUTES: ServerRoutes = { routes: [], hasSession: () => false }

interface Grace {
  readonly graceMs: number
  /** The monotonic clock, in milliseconds. */
  readonly clock: () => number
  /** True while events wait for the store. */
  readonly isBusy: () => boolean
}

async function closeSockets(
  { server, destroy, closed }: ServerSockets,
  { graceMs, clock, isBusy }: Grace,
): Promise<void> {
  server.close()
  // A connection becomes idle only after its last answer.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const deadline = clock() + 10 * graceMs
  const end = () => {
    if (isBusy() && clock() < deadline) timer = setTimeout(end, 50)
    else destroy()
  }
  let timer = setTimeout(end, graceMs)
  await closed
  clearInterval(idle)
  clearTimeout(timer)
}

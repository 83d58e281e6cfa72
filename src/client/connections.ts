/**
 * Opens connections: by the parts of undici that they need, or by node:http where undici's parser cannot be had.
 *
 * Its client alone loads in a third of the time of its index (about 20 ms instead of 60), and that while the job runs on the
 * same processor. The files are not undici's public interface: its version is pinned, and the tests of the client go through each of them.
 */

import { isIP, Socket } from 'node:net'
import type { buildConnector, Dispatcher, ProxyAgent } from 'undici'
import { errorCode } from '../system/errors.ts'
import { isChainProblem, tlsOptionsFor, trustSystemFor } from './authorities.ts'
import { connectionFault } from './connection-problem.ts'
import { lookup } from './dns.ts'
import { earlyConnection } from './early-connection.ts'
import type { Line } from './line.ts'
import { plainLine } from './plain-http.ts'
import { type ClientEnvironment, proxyAuthorization, withoutBrackets } from './proxy.ts'

export interface Connections {
  open(): Line
  /**
   * After a connection has failed: is there another way, which the next `open` goes at once? It is asked once for each of
   * them: `tried` is kept by the caller as long as it is about the same request.
   */
  otherWay(error: unknown, tried: Set<string>): OtherWay
}

/** `problem` stands behind what is said of the error. */
export type OtherWay = { readonly kind: 'found' } | { readonly kind: 'none'; readonly problem?: string }

type Connect = buildConnector.connector
type Open = (sockets: Set<Socket>) => Line

/** Was it found out that undici's parser cannot be had? So it will be for as long as this process lives. */
let hasNoParser = false

/** Imports what is needed for connections to `origin`, by way of a proxy where given. */
export async function openConnections(
  origin: URL,
  proxy: URL | undefined,
  env: ClientEnvironment,
): Promise<Connections> {
  hasNoParser ||= !('WebAssembly' in globalThis)
  const [byUndici, byNode] = await Promise.all([
    hasNoParser ? undefined : proxy === undefined ? direct(origin) : proxied(origin, proxy),
    plain(origin, proxy),
  ])
  let isPlain = false
  return {
    open() {
      const sockets = new Set<Socket>()
      const line = isPlain || hasNoParser || byUndici === undefined ? byNode(sockets) : byUndici(sockets)
      return {
        ...line,
        destroy: () => {
          line.destroy()
          for (const socket of sockets) socket.destroy()
        },
      }
    },
    otherWay(error, tried) {
      if (!tried.has('parser') && (isParserMissing(error) || isRefusedContinue(error))) {
        tried.add('parser')
        isPlain = true
        hasNoParser ||= isParserMissing(error)
        return { kind: 'found' }
      }
      const { code, isProxys } = connectionFault(error)
      const host = isProxys && proxy !== undefined ? proxy.hostname : origin.hostname
      if (!isChainProblem(code) || tried.has(host)) return { kind: 'none' }
      tried.add(host)
      return trustSystemFor(host, env)
    },
  }
}

/**
 * undici compiles its parser with the first connection. Where there is no address space for its memory, or no WebAssembly,
 * that fails; and while an upgrade replaces dist/, its file may be missing.
 */
function isParserMissing(error: unknown): boolean {
  return error instanceof Error && /\bWebAssembly\b|\bwasm\b/i.test(error.message)
}

/** undici takes no answer behind a `100 Continue` that nobody asked for; a client should (RFC 9110, 15.2), and node:http does. */
function isRefusedContinue(error: unknown): boolean {
  return error instanceof Error && error.message === 'bad response'
}

/**
 * V8 compiles undici's WebAssembly once more, better than so few requests need it, in a thread in the background: Node.js 20
 * at once, later versions after a dozen headers. The exit of Node.js waits for that thread, many times as long as the
 * request took. Called once there is a connection: V8 refuses the kept code of Node.js's own modules where flags differ,
 * so all that TLS loads has to come first. bin/save-code.js takes the flags back.
 */
function compileOnce(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag)
}

async function direct(origin: URL): Promise<Open> {
  const [{ default: Client }, { default: buildConnector }] = await Promise.all([
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/core/connect.js'),
  ])
  return sockets => {
    const connector = buildConnector({ timeout: NO_TIMEOUT, lookup, ...tlsOptionsFor(origin.hostname) })
    const { connect, begin } = earlyConnection(noted(connector, sockets))
    const client = new Client(origin.origin, { ...LIMITS, connect })
    return lineBy(client, origin, () => begin(origin.origin))
  }
}

async function proxied(origin: URL, proxy: URL): Promise<Open> {
  const [{ default: Client }, { default: ProxyAgent }, { default: sendConnect }] = await Promise.all([
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/dispatcher/proxy-agent.js'),
    import('undici/lib/api/api-connect.js'),
  ])
  const token = proxyAuthorization(proxy)
  return sockets => {
    const open = (url: URL | string, options: object): Dispatcher => {
      const given =
        'connect' in options && typeof options.connect === 'function'
          ? (options.connect as Connect)
          : undefined
      const toProxy = new URL(url).origin === proxy.origin
      const connect = given && noted(toProxy ? asProxys(given) : given, sockets)
      const client = new Client(url, { ...LIMITS, ...(connect && { connect }) })
      // undici's index would have put this method on every dispatcher; the agent needs it for CONNECT.
      return Object.assign(client, { connect: sendConnect })
    }
    const options: ProxyAgent.Options = {
      uri: proxy.origin,
      ...(token !== undefined && { token }),
      // http goes to the proxy in absolute form (RFC 9112, 3.2.2); https is tunnelled all the same.
      proxyTunnel: false,
      clientFactory: open,
      factory: open,
      proxyTls: { timeout: NO_TIMEOUT, lookup, ...tlsOptionsFor(proxy.hostname) },
      requestTls: { timeout: NO_TIMEOUT, ...tlsOptionsFor(origin.hostname) },
    }
    return lineBy(new ProxyAgent(options), origin)
  }
}

/** undici's way to connect needs no parser. */
async function plain(origin: URL, proxy: URL | undefined): Promise<Open> {
  const { default: buildConnector } = await import('undici/lib/core/connect.js')
  return sockets => {
    const connector = (options: object) => noted(buildConnector({ timeout: NO_TIMEOUT, ...options }), sockets)
    if (proxy !== undefined) {
      const toOrigin = connector(tlsOptionsFor(origin.hostname))
      const toProxy = asProxys(connector({ lookup, ...tlsOptionsFor(proxy.hostname) }))
      return {
        ...plainLine(origin, { toOrigin, toProxy: { connect: toProxy, url: proxy } }),
        beginEarly() {},
      }
    }
    const { connect, begin } = earlyConnection(connector({ lookup, ...tlsOptionsFor(origin.hostname) }))
    return { ...plainLine(origin, { toOrigin: connect }), beginEarly: () => begin(origin.origin) }
  }
}

/** undici's own time-outs are off: one timer of the client's covers connection, headers and body. */
const NO_TIMEOUT = 0
const LIMITS = { headersTimeout: 0, bodyTimeout: 0, connectTimeout: NO_TIMEOUT } as const

/** `connect` with its sockets noted in `sockets`. */
function noted(connect: Connect, sockets: Set<Socket>): Connect {
  return (options, callback) => {
    const done: buildConnector.Callback = (...[error, made]) => {
      if (error !== null) return callback(asFailure(error), null)
      compileOnce()
      callback(null, made)
    }
    // RFC 6066, 3: a server name is no IP address. The agent gives an https proxy's address as one; Node.js 20 warns, 26 fails.
    // Not asked in vain: what Node.js knows an IPv6 address by takes milliseconds to compile.
    const isAddress = !!options.servername && isIP(withoutBrackets(options.servername)) !== 0
    const socket: unknown = connect(isAddress ? { ...options, servername: '' } : options, done)
    if (socket instanceof Socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    return socket
  }
}

/** `connect` whose failures tell that it was the proxy that they were about. */
function asProxys(connect: Connect): Connect {
  return (options, callback) =>
    connect(options, (...[error, socket]) =>
      error === null ? callback(null, socket) : callback(Object.assign(error, { isProxys: true }), null),
    )
}

/**
 * A client takes these codes for the loss of a connection that was made, and connects again at once, without end. A
 * proxy that closes the connection instead of answering CONNECT brings them from the client in front of it.
 */
function asFailure(error: Error): Error {
  const code = errorCode(error)
  const isLoss = code === 'UND_ERR_SOCKET' || code === 'UND_ERR_INFO'
  return isLoss ? Object.assign(new Error('no tunnel', { cause: error }), { code: 'ECONNRESET' }) : error
}

function lineBy(dispatcher: Dispatcher, origin: URL, beginEarly = (): void => {}): Line {
  return {
    beginEarly,
    dispatch(request, handler) {
      dispatcher.dispatch(
        { ...request, origin: origin.origin },
        {
          onRequestStart: () => handler.onStart(),
          onResponseStart: (_controller, status, headers) => handler.onHead(status, headers),
          onResponseData: (_controller, chunk) => handler.onData(chunk),
          onResponseEnd: () => handler.onEnd(),
          onResponseError: (_controller, error) => handler.onError(error),
        },
      )
    },
    // What is told to the requests that this ends is of no interest any more.
    destroy: () => void dispatcher.destroy().catch(() => {}),
  }
}

/**
 * Opens connections with undici, or with node:http if the process cannot run undici's parser. In the executable:
 * connections.bun.ts.
 *
 * Loads single files of undici, in 20 ms instead of 60 for its index; the job shares the processor. These files are not
 * undici's public interface, so its version is pinned, and the client's tests use each of them.
 */

import { isIP, Socket } from 'node:net'
import type { buildConnector, Dispatcher, ProxyAgent } from 'undici'
import { errorCode } from '../system/errors.ts'
import { tlsOptionsFor, trustSystemFor } from './authorities.ts'
import { connectionFault, isChainProblem } from './connection-problem.ts'
import { lookup } from './dns.ts'
import { earlyConnection } from './early-connection.ts'
import type { Connections, HttpConnection } from './http-connection.ts'
import { nodeConnection } from './node-http.ts'
import { type ClientEnvironment, proxyAuthorization, withoutBrackets } from './proxy.ts'

type Connect = buildConnector.connector
type Open = (sockets: Set<Socket>) => HttpConnection

/** True once undici's parser could not be loaded. That does not change while this process lives. */
let hasNoParser = false

/** Loads the modules for connections to `origin`, through `proxy` if there is one. */
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
      const connection =
        isPlain || hasNoParser || byUndici === undefined ? byNode(sockets) : byUndici(sockets)
      return {
        ...connection,
        destroy: () => {
          connection.destroy()
          for (const socket of sockets) socket.destroy()
        },
      }
    },
    alternativeFor(error, tried) {
      if (!tried.has('parser') && (isParserMissing(error) || isRefusedContinue(error))) {
        tried.add('parser')
        isPlain = true
        hasNoParser ||= isParserMissing(error)
        return { kind: 'found' }
      }
      const { code, isProxyError } = connectionFault(error)
      const host = isProxyError && proxy !== undefined ? proxy.hostname : origin.hostname
      if (!isChainProblem(code) || tried.has(host)) return { kind: 'none' }
      tried.add(host)
      return trustSystemFor(host, env)
    },
  }
}

/**
 * undici compiles its parser for the first connection. That fails without enough address space or without WebAssembly, and if
 * an upgrade of this program removes the parser's file at that moment.
 */
function isParserMissing(error: unknown): boolean {
  return error instanceof Error && /\bWebAssembly\b|\bwasm\b/i.test(error.message)
}

/** undici fails on an unexpected `100 Continue`. A client should ignore it (RFC 9110, 15.2), and node:http does. */
function isRefusedContinue(error: unknown): boolean {
  return error instanceof Error && error.message === 'bad response'
}

/**
 * Stops V8 from optimising undici's WebAssembly in a background thread: Node.js 20 does it at once, later versions after a dozen
 * headers, and the exit of Node.js waits many times longer for it than the request took.
 *
 * Called when a connection is open, since V8 rejects cached code of modules that are loaded after a change of flags, and TLS
 * has loaded its modules by then. bin/save-code.js resets the flags.
 */
function disableRecompilation(): void {
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
    const { connect, begin } = earlyConnection(tracked(connector, sockets))
    const client = new Client(origin.origin, { ...LIMITS, connect })
    return undiciConnection(client, origin, () => begin(origin.origin))
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
      const connect = given && tracked(toProxy ? markedAsProxyError(given) : given, sockets)
      const client = new Client(url, { ...LIMITS, ...(connect && { connect }) })
      // undici's index adds this method to every dispatcher; the agent needs it for CONNECT.
      return Object.assign(client, { connect: sendConnect })
    }
    const options: ProxyAgent.Options = {
      uri: proxy.origin,
      ...(token !== undefined && { token }),
      // Sends http requests in absolute form (RFC 9112, 3.2.2). https goes through a tunnel with this option too.
      proxyTunnel: false,
      clientFactory: open,
      factory: open,
      proxyTls: { timeout: NO_TIMEOUT, lookup, ...tlsOptionsFor(proxy.hostname) },
      requestTls: { timeout: NO_TIMEOUT, ...tlsOptionsFor(origin.hostname) },
    }
    return undiciConnection(new ProxyAgent(options), origin)
  }
}

/** node:http with undici's connector, which needs no parser. */
async function plain(origin: URL, proxy: URL | undefined): Promise<Open> {
  const { default: buildConnector } = await import('undici/lib/core/connect.js')
  return sockets => {
    const connector = (options: object) =>
      tracked(buildConnector({ timeout: NO_TIMEOUT, ...options }), sockets)
    if (proxy !== undefined) {
      const toOrigin = connector(tlsOptionsFor(origin.hostname))
      const toProxy = markedAsProxyError(connector({ lookup, ...tlsOptionsFor(proxy.hostname) }))
      return {
        ...nodeConnection(origin, { toOrigin, toProxy: { connect: toProxy, url: proxy } }),
        connectEarly() {},
      }
    }
    const { connect, begin } = earlyConnection(connector({ lookup, ...tlsOptionsFor(origin.hostname) }))
    return { ...nodeConnection(origin, { toOrigin: connect }), connectEarly: () => begin(origin.origin) }
  }
}

/** undici's time-outs are off: the client has one timer for connection, headers and body. */
const NO_TIMEOUT = 0
const LIMITS = { headersTimeout: 0, bodyTimeout: 0, connectTimeout: NO_TIMEOUT } as const

/** `connect` that adds its sockets to `sockets`. */
function tracked(connect: Connect, sockets: Set<Socket>): Connect {
  return (options, callback) => {
    const done: buildConnector.Callback = (...[error, made]) => {
      if (error !== null) return callback(withoutRetry(error), null)
      disableRecompilation()
      callback(null, made)
    }
    // An IP address is no server name (RFC 6066, 3). undici's agent passes one for an https proxy: Node.js 20 warns, 26 fails.
    // `isIP` runs only if there is a name, since its regular expression takes milliseconds to compile.
    const isAddress = !!options.servername && isIP(withoutBrackets(options.servername)) !== 0
    const socket: unknown = connect(isAddress ? { ...options, servername: '' } : options, done)
    if (socket instanceof Socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    return socket
  }
}

/** `connect` that marks its errors as errors of the connection to the proxy. */
function markedAsProxyError(connect: Connect): Connect {
  return (options, callback) =>
    connect(options, (...[error, socket]) =>
      error === null ? callback(null, socket) : callback(Object.assign(error, { isProxyError: true }), null),
    )
}

/**
 * Replaces the codes on which undici's client connects again at once, forever: it takes them for the loss of an open connection.
 * They also come from a proxy that closes the connection instead of answering CONNECT.
 */
function withoutRetry(error: Error): Error {
  const code = errorCode(error)
  const isLoss = code === 'UND_ERR_SOCKET' || code === 'UND_ERR_INFO'
  return isLoss ? Object.assign(new Error('no tunnel', { cause: error }), { code: 'ECONNRESET' }) : error
}

function undiciConnection(
  dispatcher: Dispatcher,
  origin: URL,
  connectEarly = (): void => {},
): HttpConnection {
  return {
    connectEarly,
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
    // The errors of aborted requests no longer matter.
    destroy: () => void dispatcher.destroy().catch(() => {}),
  }
}

/**
 * Loads the parts of undici that connections need.
 *
 * Its client alone loads in a third of the time of its index (about 20 ms instead of 60), and that while the job runs on the
 * same processor. The files are not undici's public interface: its version is pinned, and the tests of the client go through each of them.
 */

import { isIP, Socket } from 'node:net'
import type { buildConnector, Dispatcher, ProxyAgent } from 'undici'
import { earlyConnection } from './early-connection.ts'
import { lookup } from './lookup.ts'
import { withoutBrackets } from './proxy.ts'

export interface Connections {
  readonly dispatcher: Dispatcher
  /** Begins to connect, so that the first request need not wait for it; not where a proxy is between. */
  beginEarly(): void
  /** Closes all sockets, also those that are still connecting, which undici would leave to their time-out. */
  destroy(): void
}

type Connect = buildConnector.connector

/** Imports what is needed; the function that is returned opens connections to `origin` (at the first request), by way of a proxy where given. */
export async function openConnections(origin: string, proxy: URL | undefined): Promise<() => Connections> {
  return proxy === undefined ? direct(origin) : proxied(proxy)
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

async function direct(origin: string): Promise<() => Connections> {
  const [{ default: Client }, { default: buildConnector }] = await Promise.all([
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/core/connect.js'),
  ])
  return () => {
    const sockets = new Set<Socket>()
    const { connect, begin } = earlyConnection(
      noted(buildConnector({ timeout: NO_TIMEOUT, lookup }), sockets),
    )
    return withSockets(new Client(origin, { ...LIMITS, connect }), sockets, () => begin(origin))
  }
}

async function proxied(proxy: URL): Promise<() => Connections> {
  const [{ default: Client }, { default: ProxyAgent }, { default: sendConnect }] = await Promise.all([
    import('undici/lib/dispatcher/client.js'),
    import('undici/lib/dispatcher/proxy-agent.js'),
    import('undici/lib/api/api-connect.js'),
  ])
  return () => {
    const sockets = new Set<Socket>()
    const open = (url: URL | string, options: object): Dispatcher => {
      const connect =
        'connect' in options && typeof options.connect === 'function' ? options.connect : undefined
      const client = new Client(url, {
        ...LIMITS,
        ...(connect && { connect: noted(connect as Connect, sockets) }),
      })
      // undici's index would have put this method on every dispatcher; the agent needs it for CONNECT.
      return Object.assign(client, { connect: sendConnect })
    }
    const options: ProxyAgent.Options = {
      uri: proxy.href,
      // http goes to the proxy in absolute form (RFC 9112, 3.2.2); https is tunnelled all the same.
      proxyTunnel: false,
      clientFactory: open,
      factory: open,
      proxyTls: { timeout: NO_TIMEOUT, lookup },
      requestTls: { timeout: NO_TIMEOUT },
    }
    return withSockets(new ProxyAgent(options), sockets)
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

/**
 * A client takes these codes for the loss of a connection that was made, and connects again at once, without end. A
 * proxy that closes the connection instead of answering CONNECT brings them from the client in front of it.
 */
function asFailure(error: Error): Error {
  const isLoss = 'code' in error && (error.code === 'UND_ERR_SOCKET' || error.code === 'UND_ERR_INFO')
  return isLoss ? Object.assign(new Error('no tunnel', { cause: error }), { code: 'ECONNRESET' }) : error
}

function withSockets(
  dispatcher: Dispatcher,
  sockets: ReadonlySet<Socket>,
  beginEarly = (): void => {},
): Connections {
  return {
    dispatcher,
    beginEarly,
    destroy: () => {
      // What is told to the requests that this ends is of no interest any more.
      void dispatcher.destroy().catch(() => {})
      for (const socket of sockets) socket.destroy()
    },
  }
}

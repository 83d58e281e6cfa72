/** Opens sockets: TCP to a server or a proxy, a tunnel through the proxy, and TLS. */

import { connect, isIP, type Socket } from 'node:net'
import { compileAddressPatterns } from './address-patterns.ts'
import { noteVerified, type TlsOptions, tlsOptionsFor } from './authorities.ts'
import { lookup } from './dns.ts'
import { proxyAuthorization, withoutBrackets } from './proxy.ts'

/** Called with the error, or with a socket that is ready for requests. */
export type SocketCallback = (error: Error | null, socket?: Socket) => void

/** Opens a socket that is ready for requests. Calls `done` once. */
export type Connect = (done: SocketCallback) => void

/**
 * Opens sockets to `origin`. With a proxy, they lead to the proxy for http, and through it for https; an error of the
 * connection to the proxy has the property `isProxyError`. `sockets` has all that are open or connecting.
 */
export function connector(origin: URL, proxy: URL | undefined, sockets: Set<Socket>): Connect {
  return done => {
    let isDone = false
    const first: SocketCallback = (error, socket) => {
      // Later errors of the socket are those of its requests.
      if (isDone) return
      isDone = true
      done(error, socket)
    }
    if (proxy === undefined) return open(origin, sockets, first)
    open(proxy, sockets, (error, socket) => {
      if (socket === undefined) first(error && Object.assign(error, { isProxyError: true }))
      else if (origin.protocol === 'http:') first(null, socket)
      else tunnel(socket, origin, proxy, sockets, first)
    })
  }
}

const KEEP_ALIVE_MS = 60_000

function open(url: URL, sockets: Set<Socket>, done: SocketCallback): void {
  compileAddressPatterns()
  const socket = connect({ host: hostOf(url), port: portOf(url), lookup })
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
  track(socket, sockets, done)
  if (url.protocol === 'http:') {
    socket.once('connect', () => done(null, socket))
    return
  }
  // While it connects: loading the modules of TLS and parsing an authority takes some time.
  process.getBuiltinModule('node:tls')
  const options = tlsOptionsFor(url.hostname)
  socket.once('connect', () => secure(socket, url, options, sockets, done))
}

/** Adds TLS with the server of `url` to an open socket. */
function secure(
  socket: Socket,
  url: URL,
  options: TlsOptions,
  sockets: Set<Socket>,
  done: SocketCallback,
): void {
  const host = hostOf(url)
  const secured = process.getBuiltinModule('node:tls').connect({
    socket,
    // The name that the certificate must have.
    host,
    // An IP address is no server name (RFC 6066, 3).
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ['http/1.1'],
    ...options,
  })
  track(secured, sockets, done)
  secured.once('secureConnect', () => {
    done(null, secured)
    noteVerified(url.hostname, secured)
  })
}

/** Asks the proxy for a tunnel to `origin` (RFC 9110, 9.3.6). */
function tunnel(socket: Socket, origin: URL, proxy: URL, sockets: Set<Socket>, done: SocketCallback): void {
  const authorization = proxyAuthorization(proxy)
  const request = process.getBuiltinModule('node:http').request({
    createConnection: () => socket,
    method: 'CONNECT',
    path: `${origin.hostname}:${portOf(origin)}`,
    headers: { host: origin.host, ...(authorization && { 'proxy-authorization': authorization }) },
  })
  request.on('error', done)
  request.on('connect', ({ statusCode }, _socket, head: Buffer) => {
    // Bytes after the proxy's response belong to the origin.
    if (head.length > 0) socket.unshift(head)
    if (statusCode === 200) return secure(socket, origin, tlsOptionsFor(origin.hostname), sockets, done)
    socket.destroy()
    done(Object.assign(new Error('the proxy refused the tunnel'), { proxyStatus: statusCode }))
  })
  request.end()
}

function track(socket: Socket, sockets: Set<Socket>, done: SocketCallback): void {
  sockets.add(socket)
  socket.on('error', done).once('close', () => sockets.delete(socket))
}

function hostOf({ hostname }: URL): string {
  return withoutBrackets(hostname)
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

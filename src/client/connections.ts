/** Opens connections, and carries HTTP/1.1 over them. In the executable: connections.bun.ts. */

import type { Socket } from 'node:net'
import { monotonicMs } from '../system/clock.ts'
import { trustSystemFor } from './authorities.ts'
import { connector } from './connect.ts'
import { connectionFault, isChainProblem } from './connection-problem.ts'
import { earlyConnection } from './early-connection.ts'
import type { ConnectionRequest, Connections, HttpConnection, ResponseHandler } from './http-connection.ts'
import { forgetAuthority } from './known-authority.ts'
import { type ClientEnvironment, proxyAuthorization } from './proxy.ts'
import { responseReader } from './response-reader.ts'

/** Connections to `origin`, through `proxy` if there is one. */
export function openConnections(origin: URL, proxy: URL | undefined, env: ClientEnvironment): Connections {
  return {
    open: () => openConnection(origin, proxy),
    alternativeFor(error, tried) {
      const { code, isProxyError } = connectionFault(error)
      const host = isProxyError && proxy !== undefined ? proxy.hostname : origin.hostname
      if (!isChainProblem(code)) return { kind: 'none' }
      if (forgetAuthority(host)) return { kind: 'found' }
      if (tried.has(host)) return { kind: 'none' }
      tried.add(host)
      return trustSystemFor(host, env)
    },
  }
}

/** An open socket that waits for the next request. */
interface IdleSocket {
  readonly socket: Socket
  readonly bytesRead: number
  /** In monotonic milliseconds. */
  readonly usableUntil: number
}

function openConnection(origin: URL, proxy: URL | undefined): HttpConnection {
  const sockets = new Set<Socket>()
  const { connect, begin } = earlyConnection(connector(origin, proxy, sockets))
  let idle: IdleSocket | undefined

  const keep = (socket: Socket, idleMs: number): void => {
    // The process need not wait for it.
    socket.unref()
    idle = { socket, bytesRead: socket.bytesRead, usableUntil: monotonicMs() + idleMs }
  }
  return {
    dispatch(request, handler) {
      const text = requestText(request, origin, proxy)
      const before = idle
      idle = undefined
      if (before !== undefined && isUsable(before)) {
        exchange(before.socket.ref(), request, text, handler, keep)
        return
      }
      before?.socket.destroy()
      connect((error, socket) => {
        if (socket === undefined) handler.onError(error)
        else exchange(socket, request, text, handler, keep)
      })
    },
    connectEarly: begin,
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function isUsable({ socket, bytesRead, usableUntil }: IdleSocket): boolean {
  // What a server sends unasked is no answer to the next request.
  return socket.writable && socket.bytesRead === bytesRead && monotonicMs() < usableUntil
}

/** Sends a request, and calls `keep` if the socket can be used for the next one. */
function exchange(
  socket: Socket,
  { method, body }: ConnectionRequest,
  text: string,
  handler: ResponseHandler,
  keep: (socket: Socket, idleMs: number) => void,
): void {
  const reader = responseReader(method !== 'HEAD', handler)
  const stop = (): void => {
    socket.off('data', read).off('error', fail).off('close', close)
  }
  const fail = (error: unknown): void => {
    stop()
    socket.destroy()
    handler.onError(error)
  }
  const close = (): void => {
    if (reader.endsWithConnection()) {
      stop()
      handler.onEnd()
    } else fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
  }
  const read = (bytes: Buffer): void => {
    try {
      reader.read(bytes)
    } catch (error) {
      fail(error)
      return
    }
    const completed = reader.completed()
    if (completed === undefined) return
    stop()
    if (completed.idleMs > 0) keep(socket, completed.idleMs)
    else socket.destroy()
    handler.onEnd()
  }
  socket.on('data', read).on('error', fail).on('close', close)
  handler.onStart()
  socket.write(text, 'latin1')
  if (body !== undefined) socket.write(body)
}

/**
 * The request line and the headers.
 *
 * @throws an error with the code ERR_INVALID_CHAR if a character would begin another line
 */
function requestText(
  { method, path, headers, body }: ConnectionRequest,
  origin: URL,
  proxy: URL | undefined,
): string {
  const isForwarded = proxy !== undefined && origin.protocol === 'http:'
  const authorization = isForwarded ? proxyAuthorization(proxy) : undefined
  const all = {
    host: origin.host,
    // Some servers send a body after HEAD, which the next response would begin with.
    connection: method === 'HEAD' ? 'close' : 'keep-alive',
    ...(authorization && { 'proxy-authorization': authorization }),
    ...(method === 'POST' && { 'content-length': String(Buffer.byteLength(body ?? '')) }),
    ...headers,
  }
  // A proxy gets the absolute form (RFC 9112, 3.2.2).
  const target = isForwarded ? `${origin.origin}${path}` : path
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  if (/[^!-~]/.test(target) || lines.some(line => /[^\t -~\x80-\xff]/.test(line)))
    throw Object.assign(new Error('a character cannot be sent'), { code: 'ERR_INVALID_CHAR' })
  return `${[`${method} ${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`
}

/**
 * Connections by node:http, whose parser is part of Node.js: where undici's cannot be had, which is WebAssembly and takes
 * 10 GB of address space on Node.js 20 and 22 (`ulimit -v`), or where there is no WebAssembly (`--jitless`).
 */

import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import type { Line } from './line.ts'
import { proxyAuthorization, withoutBrackets } from './proxy.ts'

type Connect = buildConnector.connector
type Callback = buildConnector.Callback

export interface Ways {
  readonly toOrigin: Connect
  /** Where a proxy is in between. */
  readonly toProxy?: { readonly connect: Connect; readonly url: URL }
}

export function plainLine(origin: URL, { toOrigin, toProxy }: Ways): Pick<Line, 'dispatch' | 'destroy'> {
  const http = process.getBuiltinModule('node:http')
  const isTls = origin.protocol === 'https:'
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const connect = (callback: Callback): void => {
    if (toProxy === undefined) toOrigin(whereTo(origin), callback)
    else if (isTls) tunnel(callback, toProxy)
    else toProxy.connect(whereTo(toProxy.url), callback)
  }
  // Its type wants a socket at once, which Node.js does not (docs, agent.createConnection).
  Object.assign(agent, {
    createConnection: (_options: unknown, done: (error: Error | null, socket?: Socket) => void) =>
      connect((...[error, socket]) => (error === null ? done(null, socket) : done(error))),
  })

  function tunnel(callback: Callback, proxy: NonNullable<Ways['toProxy']>): void {
    const target = `${origin.hostname}:${origin.port || '443'}`
    const fail = (error: Error): void => callback(error, null)
    proxy.connect(whereTo(proxy.url), (...[error, socket]) => {
      if (error !== null) return fail(error)
      const headers = { host: origin.host, ...authorization(proxy.url) }
      const request = http.request({
        createConnection: () => socket,
        method: 'CONNECT',
        path: target,
        headers,
      })
      request.on('error', fail)
      request.on('connect', ({ statusCode }, _socket, head: Buffer) => {
        // What came behind the proxy's answer is the origin's.
        if (head.length > 0) socket.unshift(head)
        if (statusCode === 200) return toOrigin({ ...whereTo(origin), httpSocket: socket }, callback)
        socket.destroy()
        fail(Object.assign(new Error(`Proxy response (${statusCode})`), { code: 'UND_ERR_ABORTED' }))
      })
      request.end()
    })
  }

  return {
    dispatch({ method, path, headers, body }, handler) {
      const isAbsolute = toProxy !== undefined && !isTls
      const request = http.request({
        agent,
        host: withoutBrackets(origin.hostname),
        port: origin.port || (isTls ? 443 : 80),
        method,
        // RFC 9112, 3.2.2.
        path: isAbsolute ? `${origin.origin}${path}` : path,
        headers: { host: origin.host, ...(isAbsolute && authorization(toProxy.url)), ...headers },
      })
      request.on('socket', handler.onStart)
      request.on('error', handler.onError)
      request.on('response', response => {
        handler.onHead(response.statusCode ?? 0, response.headers)
        response.on('data', handler.onData).on('end', handler.onEnd).on('error', handler.onError)
      })
      request.end(body)
    },
    destroy: () => agent.destroy(),
  }
}

/** As undici's client asks for a connection. */
function whereTo({ host, hostname, protocol, port }: URL): buildConnector.Options {
  return { host, hostname: withoutBrackets(hostname), protocol, port }
}

function authorization(proxy: URL): { 'proxy-authorization'?: string } {
  const value = proxyAuthorization(proxy)
  return value === undefined ? {} : { 'proxy-authorization': value }
}

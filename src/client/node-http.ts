/**
 * Connections by node:http, for a process that cannot run undici's parser. The parser is WebAssembly, which reserves 10
 * GB of address space on Node.js 20 and 22: `ulimit -v` can forbid that. `--jitless` disables WebAssembly.
 */

import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import type { HttpConnection } from './http-connection.ts'
import { proxyAuthorization, withoutBrackets } from './proxy.ts'

type Connect = buildConnector.connector
type Callback = buildConnector.Callback

export interface Connectors {
  readonly toOrigin: Connect
  /** Undefined without a proxy. */
  readonly toProxy?: { readonly connect: Connect; readonly url: URL }
}

export function nodeConnection(
  origin: URL,
  { toOrigin, toProxy }: Connectors,
): Pick<HttpConnection, 'dispatch' | 'destroy'> {
  const http = process.getBuiltinModule('node:http')
  const isTls = origin.protocol === 'https:'
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const connect = (callback: Callback): void => {
    if (toProxy === undefined) toOrigin(connectOptions(origin), callback)
    else if (isTls) tunnel(callback, toProxy)
    else toProxy.connect(connectOptions(toProxy.url), callback)
  }
  // The type demands a returned socket; Node.js also accepts one by callback (docs, agent.createConnection).
  Object.assign(agent, {
    createConnection: (_options: unknown, done: (error: Error | null, socket?: Socket) => void) =>
      connect((...[error, socket]) => (error === null ? done(null, socket) : done(error))),
  })

  function tunnel(callback: Callback, proxy: NonNullable<Connectors['toProxy']>): void {
    const target = `${origin.hostname}:${origin.port || '443'}`
    const fail = (error: Error): void => callback(error, null)
    proxy.connect(connectOptions(proxy.url), (...[error, socket]) => {
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
        // Bytes after the proxy's response belong to the origin.
        if (head.length > 0) socket.unshift(head)
        if (statusCode === 200) return toOrigin({ ...connectOptions(origin), httpSocket: socket }, callback)
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
        // A proxy gets the absolute form (RFC 9112, 3.2.2).
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

/** The options that undici's client passes to its connector. */
function connectOptions({ host, hostname, protocol, port }: URL): buildConnector.Options {
  return { host, hostname: withoutBrackets(hostname), protocol, port }
}

function authorization(proxy: URL): { 'proxy-authorization'?: string } {
  const value = proxyAuthorization(proxy)
  return value === undefined ? {} : { 'proxy-authorization': value }
}

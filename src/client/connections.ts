/** Opens connections with node:http, whose parser needs no WebAssembly. In the executable: connections.bun.ts. */

import type { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { trustSystemFor } from './authorities.ts'
import { type Connect, connector } from './connect.ts'
import { connectionFault, isChainProblem } from './connection-problem.ts'
import { earlyConnection } from './early-connection.ts'
import type { Connections, HttpConnection } from './http-connection.ts'
import { forgetAuthority } from './known-authority.ts'
import { type ClientEnvironment, proxyAuthorization, withoutBrackets } from './proxy.ts'

/** Connections to `origin`, through `proxy` if there is one. */
export function openConnections(origin: URL, proxy: URL | undefined, env: ClientEnvironment): Connections {
  return {
    open() {
      const sockets = new Set<Socket>()
      const { connect, begin } = earlyConnection(connector(origin, proxy, sockets))
      const agent = agentFor(connect)
      return {
        dispatch: dispatcher(agent, origin, proxy),
        connectEarly: begin,
        destroy() {
          agent.destroy()
          for (const socket of sockets) socket.destroy()
        },
      }
    },
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

/** Keeps one connection for the next request. */
function agentFor(connect: Connect): Agent {
  const { Agent } = process.getBuiltinModule('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  // The type demands a returned socket; Node.js also accepts one by callback (docs, agent.createConnection).
  return Object.assign(agent, {
    createConnection: (_options: unknown, done: Parameters<Connect>[0]) => connect(done),
  })
}

function dispatcher(agent: Agent, origin: URL, proxy: URL | undefined): HttpConnection['dispatch'] {
  const isForwarded = proxy !== undefined && origin.protocol === 'http:'
  const authorization = isForwarded ? proxyAuthorization(proxy) : undefined
  return ({ method, path, headers, body }, handler) => {
    const request = process.getBuiltinModule('node:http').request({
      agent,
      host: withoutBrackets(origin.hostname),
      method,
      // A proxy gets the absolute form (RFC 9112, 3.2.2).
      path: isForwarded ? `${origin.origin}${path}` : path,
      headers: {
        host: origin.host,
        ...(authorization && { 'proxy-authorization': authorization }),
        // Some servers send a body after HEAD, which the next response would begin with.
        ...(method === 'HEAD' && { connection: 'close' }),
        ...headers,
      },
    })
    request.on('socket', handler.onStart)
    request.on('error', handler.onError)
    request.on('response', response => {
      handler.onHead(response.statusCode ?? 0, response.headers)
      response.on('data', handler.onData).on('end', handler.onEnd).on('error', handler.onError)
    })
    request.end(body)
  }
}

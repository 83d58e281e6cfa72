/**
 * In the executable: the runtime's `fetch`, which keeps connections open for the next request. For Node.js:
 * connections.ts.
 */

import { statSync } from 'node:fs'
import { keepNoAddresses } from '../system/correct-runtime.ts'
import { tlsOptionsFor, trustSystemFor } from './authorities.ts'
import { connectionFault, isChainProblem } from './connection-problem.ts'
import { fetchFault } from './fetch-fault.ts'
import type { ConnectionRequest, Connections, HttpConnection, ResponseHandler } from './http-connection.ts'
import { type ClientEnvironment, proxyAuthorization } from './proxy.ts'

export function openConnections(origin: URL, proxy: URL | undefined, env: ClientEnvironment): Connections {
  keepNoAddresses()
  const isTls = [origin, proxy].some(url => url?.protocol === 'https:')
  const problem = isTls ? fifoProblem(env) : undefined
  return {
    open() {
      if (problem !== undefined) throw new Error(problem)
      return fetchConnection(origin, proxy)
    },
    alternativeFor(error, tried) {
      if (problem !== undefined) return { kind: 'none', problem }
      const { code, isProxyError } = connectionFault(error)
      const host = isProxyError && proxy !== undefined ? proxy.hostname : origin.hostname
      if (!isChainProblem(code) || tried.has(host)) return { kind: 'none' }
      tried.add(host)
      return trustSystemFor(host, env)
    },
  }
}

/** The runtime reads these files for its first TLS connection. With a FIFO, it would wait for a writer and do nothing else. */
function fifoProblem(env: ClientEnvironment): string | undefined {
  for (const name of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
    const file = env[name]
    if (file && isFifo(file)) return `${name} ${file}: is not a regular file`
  }
  return undefined
}

function isFifo(file: string): boolean {
  try {
    return statSync(file).isFIFO()
  } catch {
    return false
  }
}

function fetchConnection(origin: URL, proxy: URL | undefined): HttpConnection {
  const authorization = proxy && proxyAuthorization(proxy)
  const options: Bun.FetchOptions = {
    redirect: 'manual',
    decompress: false,
    verbose: false,
    tls: { ...tlsOptionsFor(origin.hostname), ...(proxy && tlsOptionsFor(proxy.hostname)) },
    ...(proxy && {
      proxy: {
        url: proxy.origin,
        ...(authorization !== undefined && { headers: { 'proxy-authorization': authorization } }),
      },
    }),
  }
  let stop = new AbortController()

  async function exchange(request: ConnectionRequest, handler: ResponseHandler): Promise<void> {
    const { path, ...rest } = request
    const { signal } = stop
    try {
      const response = await withoutProxyVariables(() =>
        Bun.fetch(`${origin.origin}${path}`, { ...options, ...rest, signal }),
      )
      handler.onHead(response.status, Object.fromEntries(response.headers))
      if (isShort(response)) handler.onData(Buffer.from(await response.arrayBuffer()))
      else for await (const chunk of response.body ?? []) handler.onData(Buffer.from(chunk))
    } catch (error) {
      return handler.onError(await fetchFault(error, { origin, proxy, signal }))
    }
    handler.onEnd()
  }

  return {
    // `preconnect` has no other trusted authorities and cannot be aborted, and a request that comes while it connects
    // opens a second connection.
    connectEarly() {},
    dispatch(request, handler) {
      stop = new AbortController()
      // `fetch` does not tell when the connection is open.
      handler.onStart()
      void exchange(request, handler)
    },
    destroy: () => stop.abort(),
  }
}

/** True for a body that can be read whole: the runtime's streams cost more than all else that a request needs. */
function isShort({ headers }: Response): boolean {
  const length = headers.get('content-length')
  return length !== null && Number(length) <= SHORT_BYTES
}

const SHORT_BYTES = 65_536

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap(name => [
  name,
  name.toLowerCase(),
])

/**
 * `fetch` reads these variables when it is called, even if a proxy is given, and by other rules than chooseProxy in
 * proxy.ts. They are back before any other code runs.
 */
function withoutProxyVariables<Result>(call: () => Result): Result {
  const kept = PROXY_VARIABLES.filter(name => name in process.env).map(name => [name, process.env[name]])
  for (const [name = ''] of kept) delete process.env[name]
  try {
    return call()
  } finally {
    Object.assign(process.env, Object.fromEntries(kept))
  }
}

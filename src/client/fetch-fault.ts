/** Gives the errors of the executable's `fetch` the codes that connection-problem.ts knows. */

import { tlsOptionsFor } from './authorities.ts'
import { certificateProblem } from './connection-problem.ts'
import { withoutBrackets } from './proxy.ts'

interface Request {
  readonly origin: URL
  readonly proxy: URL | undefined
  readonly signal: AbortSignal
}

export async function fetchFault(error: unknown, { origin, proxy, signal }: Request): Promise<unknown> {
  const { code = '', status } = error as { code?: unknown; status?: unknown }
  switch (code) {
    case 'Malformed_HTTP_Response':
    case 'InvalidHTTPResponse':
    case 'InvalidContentLength':
    case 'UnsupportedTransferEncoding':
      return withCode('HPE_INVALID_RESPONSE')
    case 'ResponseHeadersTooLarge':
      return withCode('HPE_HEADER_OVERFLOW')
    case 'ERR_PROXY_TUNNEL':
      return Object.assign(new Error('the proxy refused the tunnel'), { proxyStatus: status })
    default:
      if (proxy?.protocol !== 'https:' || origin.protocol !== 'https:') return error
      return typeof code === 'string' && isTlsProblem(code)
        ? ((await proxyFault(proxy, signal)) ?? error)
        : error
  }
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}

function isTlsProblem(code: string): boolean {
  return code === 'EPROTO' || certificateProblem(code) !== undefined
}

/**
 * `fetch` does not tell whether TLS failed with an https proxy or with the host behind it, so this connects to the proxy
 * alone. Undefined if that works.
 */
function proxyFault(proxy: URL, signal: AbortSignal): Promise<Error | undefined> {
  return new Promise(resolve => {
    const { connect } = process.getBuiltinModule('node:tls')
    const host = withoutBrackets(proxy.hostname)
    const socket = connect({ host, port: Number(proxy.port || 443), ...tlsOptionsFor(proxy.hostname) })
    const end = (fault?: Error): void => {
      socket.destroy()
      resolve(fault)
    }
    socket.once('secureConnect', () => end())
    socket.once('error', error => end(Object.assign(error, { isProxyError: true })))
    signal.addEventListener('abort', () => end(), { once: true })
  })
}

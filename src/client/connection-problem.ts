/** Says in one line why there was no answer, without any part of the request in it. */

/** Codes of OpenSSL's verification (Node.js docs, TLS: X509 certificate error codes) in words. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it was revoked',
  CERT_UNTRUSTED: 'it is not trusted',
  CERT_REJECTED: 'it is rejected',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in an unknown authority (see NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is unknown (see NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown (see NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is unknown (see NODE_EXTRA_CA_CERTS)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
  INVALID_CA: 'its authority may not sign it',
}

/** Why a certificate was refused, by the code of the error; undefined where that is not what has happened. */
export function certificateProblem(code: string): string | undefined {
  return CERTIFICATE_PROBLEMS[code]
}

/** Of an answer that cannot be right as HTTP, besides the parsers’ own. */
const NO_HTTP: ReadonlySet<string> = new Set(['UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

export interface Peer {
  /** Host and port that the request is for. */
  readonly host: string
  /** Host and port of the proxy in between. */
  readonly proxy?: string
}

/** The text for an error of node:net, node:tls or undici. Unknown ones are named by code alone: their texts may hold anything. */
export function connectionProblem(error: unknown, peer: Peer): string {
  const cause = firstCause(error)
  const { code } = cause
  const reached = peer.proxy === undefined ? peer.host : `proxy ${peer.proxy}`
  // With a proxy, its address is the only one that is connected to.
  const called =
    peer.proxy === undefined ? (cause.address ?? peer.host) : `proxy ${cause.address ?? peer.proxy}`
  const isProxys = cause.isProxys && peer.proxy !== undefined
  const secured = isProxys ? `proxy ${peer.proxy}` : peer.host
  const through = peer.proxy === undefined || isProxys ? '' : ` (proxy ${peer.proxy})`
  if (cause.isParserError) return `${reached} sent something that is not HTTP`
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return `TLS with ${secured} failed (${code})${through}`
  const certificate = CERTIFICATE_PROBLEMS[code]
  if (certificate !== undefined) return `certificate of ${secured} refused: ${certificate}${through}`
  switch (code) {
    case 'ECONNREFUSED':
      return `connection refused by ${called}`
    case 'ENOTFOUND':
      return `host name ${cause.hostname ?? hostName(peer.proxy ?? peer.host)} not found`
    case 'EAI_AGAIN':
      return `host name ${cause.hostname ?? hostName(peer.proxy ?? peer.host)} not found for now (EAI_AGAIN)`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return `no route to ${called} (${code})`
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `no connection to ${called} in time`
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
    case 'UND_ERR_SOCKET':
      return `connection closed by ${reached} before an answer`
    case 'UND_ERR_HEADERS_OVERFLOW':
    case 'HPE_HEADER_OVERFLOW':
      return `${reached} sent too long a header`
    case 'UND_ERR_ABORTED':
    case 'UND_ERR_PRX_TLS':
    case 'UND_ERR_INVALID_ARG':
      return peer.proxy === undefined
        ? `no connection to ${reached} (${code})`
        : `${reached} refused the request${withStatus(proxyStatus(error))}`
    case '':
      return `no connection to ${reached}${cause.name === '' ? '' : ` (${cause.name})`}`
    default:
      return `no connection to ${reached} (${code})`
  }
}

/** The status of a proxy that did not let a request through; undici tells it in the error's text alone. */
export function proxyStatus(error: unknown): number | undefined {
  const { message } = properties(error)
  const [, status] = /^Proxy [A-Za-z ]*\((\d{3})\)/.exec(typeof message === 'string' ? message : '') ?? []
  return status === undefined ? undefined : Number(status)
}

function withStatus(status: number | undefined): string {
  return status === undefined ? '' : ` with HTTP status ${status}`
}

/** The code of an error, empty where it has none, and whether it came on the way to the proxy. */
export function connectionFault(error: unknown): { readonly code: string; readonly isProxys: boolean } {
  const { code, isProxys } = firstCause(error)
  return { code, isProxys }
}

interface Cause {
  /** The parser of undici and that of Node.js give `HPE_…` as code; undici's none where the first byte is wrong already. */
  readonly isParserError: boolean
  readonly code: string
  /** The class of an error that has no code: `RangeError`. */
  readonly name: string
  /** Has the connection to the proxy failed, and not what goes through it? */
  readonly isProxys: boolean
  /** Where the connection was tried, as `127.0.0.1:8080` or `[::1]:8080`. */
  readonly address: string | undefined
  readonly hostname: string | undefined
}

/** Where a name has several addresses, Node.js tries them in turn and reports an AggregateError; its first says enough. */
function firstCause(error: unknown): Cause {
  const outer = properties(error)
  const first = Array.isArray(outer.errors) && outer.errors.length > 0 ? properties(outer.errors[0]) : outer
  // What undici makes of the wrong name in an https proxy's certificate.
  const isWrapped =
    first.code === 'UND_ERR_PRX_TLS' && typeof first.cause === 'object' && first.cause !== null
  const inner = isWrapped ? properties(first.cause) : first
  const code = typeof inner.code === 'string' ? inner.code : ''
  const name = typeof inner.name === 'string' ? inner.name : ''
  return {
    // A code is a word; anything else might be text with a path in it.
    code: /^\w+$/.test(code) ? code : '',
    name: /^[A-Z]\w*Error$/.test(name) ? name : '',
    isProxys: isWrapped || outer.isProxys === true,
    isParserError:
      NO_HTTP.has(code) ||
      name === 'HTTPParserError' ||
      (/^HPE_/.test(code) && code !== 'HPE_HEADER_OVERFLOW'),
    address: addressOf(inner),
    hostname: typeof inner.hostname === 'string' ? inner.hostname : undefined,
  }
}

function addressOf({ address, port }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof address !== 'string' || typeof port !== 'number') return undefined
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function properties(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '')
}

/** The error's code, for logs; undefined where it has none. */
export function connectionCode(error: unknown): string | undefined {
  return firstCause(error).code || undefined
}

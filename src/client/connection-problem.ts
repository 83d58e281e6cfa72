/** The text of a connection error: one line, without any part of the request. */

/** Texts for OpenSSL's verification codes (Node.js docs, TLS: X509 certificate error codes). */
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

/** Why a certificate was refused; undefined if the code is not about a certificate. */
export function certificateProblem(code: string): string | undefined {
  return CERTIFICATE_PROBLEMS[code]
}

/**
 * True if the chain could not be verified (X509_verify_cert_error_string(3)). False if the certificate has another
 * name.
 */
export function isChainProblem(code: string): boolean {
  return CHAIN_PROBLEMS.has(code)
}

const CHAIN_PROBLEMS: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_REJECTED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

export interface Peer {
  /** Host and port that the request is for. */
  readonly host: string
  /** Host and port of the proxy; undefined without one. */
  readonly proxy?: string
}

/** The text for an error of node:net, node:tls or node:http. Unknown errors show only their code: their texts can hold anything. */
export function connectionProblem(error: unknown, peer: Peer): string {
  const cause = firstCause(error)
  const { code } = cause
  const reached = peer.proxy === undefined ? peer.host : `proxy ${peer.proxy}`
  // With a proxy, this is the only address that is connected to.
  const called =
    peer.proxy === undefined ? (cause.address ?? peer.host) : `proxy ${cause.address ?? peer.proxy}`
  const isProxyError = cause.isProxyError && peer.proxy !== undefined
  const secured = isProxyError ? `proxy ${peer.proxy}` : peer.host
  const through = peer.proxy === undefined || isProxyError ? '' : ` (proxy ${peer.proxy})`
  const refusal = proxyStatus(error)
  if (refusal !== undefined) return `${reached} refused the request with HTTP status ${refusal}`
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
      return `no connection to ${called} in time`
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return `connection closed by ${reached} before an answer`
    case 'HPE_HEADER_OVERFLOW':
      return `${reached} sent too long a header`
    case '':
      return `no connection to ${reached}${cause.name === '' ? '' : ` (${cause.name})`}`
    default:
      return `no connection to ${reached} (${code})`
  }
}

/** The status with which a proxy refused a tunnel; undefined for other errors. */
export function proxyStatus(error: unknown): number | undefined {
  const { proxyStatus: status } = properties(error)
  return typeof status === 'number' ? status : undefined
}

/** The code of an error, empty if it has none, and whether the connection to the proxy failed. */
export function connectionFault(error: unknown): { readonly code: string; readonly isProxyError: boolean } {
  const { code, isProxyError } = firstCause(error)
  return { code, isProxyError }
}

interface Cause {
  /** The parser's codes begin with `HPE_`. */
  readonly isParserError: boolean
  readonly code: string
  /** The class of an error that has no code: `RangeError`. */
  readonly name: string
  /** True if the connection to the proxy failed; false if one through the proxy did. */
  readonly isProxyError: boolean
  /** `127.0.0.1:8080` or `[::1]:8080`. */
  readonly address: string | undefined
  readonly hostname: string | undefined
}

/** If a name has several addresses, Node.js tries all and reports an AggregateError; the first error is enough. */
function firstCause(error: unknown): Cause {
  const outer = properties(error)
  const inner = Array.isArray(outer.errors) && outer.errors.length > 0 ? properties(outer.errors[0]) : outer
  const code = typeof inner.code === 'string' ? inner.code : ''
  const name = typeof inner.name === 'string' ? inner.name : ''
  return {
    // Anything but a single word could be text with a path in it.
    code: /^\w+$/.test(code) ? code : '',
    name: /^[A-Z]\w*Error$/.test(name) ? name : '',
    isProxyError: outer.isProxyError === true,
    isParserError: code.startsWith('HPE_') && code !== 'HPE_HEADER_OVERFLOW',
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

/** The error's code, for logs; undefined if it has none. */
export function connectionCode(error: unknown): string | undefined {
  return firstCause(error).code || undefined
}

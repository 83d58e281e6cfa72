/** Finds the proxy for a URL in environment variables, by the rules that curl and Go share. */

export type ClientEnvironment = Readonly<Record<string, string | undefined>>

export type ProxyChoice =
  | { readonly kind: 'direct' }
  | { readonly kind: 'proxy'; readonly url: URL }
  /** The variable's value is wrong. Then nothing is sent, because a direct connection may be forbidden. */
  | { readonly kind: 'unusable'; readonly problem: string }

/**
 * `HTTPS_PROXY` for https, `HTTP_PROXY` for http; the lower-case name has precedence. A value without a scheme is an HTTP proxy.
 * If `REQUEST_METHOD` is set, this is a CGI program, and the upper-case `HTTP_PROXY` is ignored: it could be the `Proxy` header
 * of a request (RFC 3875, 4.1.18).
 *
 * `NO_PROXY` lists hosts (subdomains included; a leading dot or `*.` is ignored), `host:port`, IP addresses and CIDR blocks,
 * separated by commas or blanks; `*` stands for all hosts. Empty values count as unset.
 */
export function chooseProxy(origin: URL, env: ClientEnvironment): ProxyChoice {
  const name = origin.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const value = variable(env, name)
  if (value === '' || isExempt(origin, variable(env, 'NO_PROXY'))) return { kind: 'direct' }
  const text = value.includes('://') ? value : `http://${value}`
  // The value can hold a password, so it is not shown.
  if (!URL.canParse(text)) return { kind: 'unusable', problem: `${name} is not a URL` }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { kind: 'unusable', problem: `${name} names no HTTP proxy (${url.protocol}//)` }
  }
  return { kind: 'proxy', url }
}

function variable(env: ClientEnvironment, name: string): string {
  const isFromRequest = name === 'HTTP_PROXY' && !!env.REQUEST_METHOD
  return env[name.toLowerCase()]?.trim() || (!isFromRequest && env[name]?.trim()) || ''
}

/** The value of the Proxy-Authorization header for the user in a proxy's URL (RFC 7617); undefined if there is none. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`
}

/** Percent-decodes. A `%` without two hexadecimal digits stays. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, escaped =>
    Buffer.from(escaped.replaceAll('%', ''), 'hex').toString(),
  )
}

function isExempt(origin: URL, list: string): boolean {
  const host = withoutBrackets(origin.hostname)
  const port = origin.port || (origin.protocol === 'https:' ? '443' : '80')
  return list
    .toLowerCase()
    .split(/[,\s]+/)
    .filter(entry => entry !== '')
    .some(entry => covers(entry, host, port))
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const block = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry)
  if (block !== null) return isInBlock(host, block[1] ?? '', Number(block[2]))
  // Loaded only for NO_PROXY: it takes longer than all else here.
  const { isIP, isIPv6 } = process.getBuiltinModule('node:net')
  // The colons of a bare IPv6 address separate no port.
  const parts = isIPv6(entry) ? null : /^(.*):(\d+)$/.exec(entry)
  if (parts !== null && parts[2] !== port) return false
  const name = withoutBrackets(parts?.[1] ?? entry).replace(/^\*?\./, '')
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`))
}

function isInBlock(host: string, network: string, prefix: number): boolean {
  const { BlockList, isIP } = process.getBuiltinModule('node:net')
  const version = isIP(network)
  if (version === 0 || isIP(host) !== version || prefix > (version === 4 ? 32 : 128)) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  block.addSubnet(network, prefix, family)
  return block.check(host, family)
}

/** A URL's host name; an IPv6 address without its brackets. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

/**
 * Rejects cross-site browser requests to a server that accepts any key. It listens on a loopback address, which every program
 * on this host can reach, browsers included; without this check any web page could send events or read the monitors.
 */

export interface RequestOrigin {
  /** The host of the request target if it has one, else the Host header. */
  readonly authority: string | undefined
  /** The host that the browser has asked for, if a trusted proxy names it. */
  readonly forwardedHost?: string | undefined
  readonly origin: string | undefined
  /** The header Sec-Fetch-Site. */
  readonly fetchSite: string | undefined
  readonly scheme: 'http' | 'https'
}

/** Why the request is rejected; undefined if it is not. */
export function crossSiteProblem(request: RequestOrigin): string | undefined {
  // A site can make its own name resolve to 127.0.0.1 (DNS rebinding): to the browser, its page and this server are then one
  // site. The Host header still has that name.
  // A proxy can replace the Host header: nginx does unless it is told not to.
  const { authority, forwardedHost = authority } = request
  if (!isThisHost(authority) || !isThisHost(forwardedHost)) return 'the Host header names another host'
  // An <img> or a form of any page can send a GET or POST. Browsers say so in Sec-Fetch-Site (W3C, Fetch Metadata); older ones
  // name the site in Origin, but only with a POST. `none`: the user typed the address or opened a bookmark.
  if (request.fetchSite !== undefined && !/^(same-origin|none)$/i.test(request.fetchSite)) {
    return 'the request comes from a page of another site'
  }
  const own = `${request.scheme}://${forwardedHost}`
  if (request.origin !== undefined && request.origin.toLowerCase() !== own.toLowerCase()) {
    return 'the Origin header names another site'
  }
  return undefined
}

function isThisHost(authority: string | undefined): boolean {
  return authority !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$/i.test(authority)
}

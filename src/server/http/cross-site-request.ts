/**
 * Where any key is accepted, whoever reaches the server is let in, and on a loopback address that is every program of this
 * host, the browser among them. What web pages make it send is told apart here.
 */

export interface RequestOrigin {
  /** Of the absolute form of the request target, else of the Host header. */
  readonly authority: string | undefined
  readonly origin: string | undefined
  /** The header Sec-Fetch-Site. */
  readonly fetchSite: string | undefined
  readonly scheme: 'http' | 'https'
}

/** Why the request is not let in; undefined where it is. */
export function crossSiteProblem(request: RequestOrigin): string | undefined {
  // A page can point a name of its own at 127.0.0.1 (DNS rebinding) and be taken for this host's own by its browser; the
  // Host header still carries that name.
  const { authority } = request
  if (authority === undefined || !/^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$/i.test(authority)) {
    return 'the Host header names another host'
  }
  // An <img> or a form can send any GET or POST. Browsers say so in Sec-Fetch-Site (W3C, Fetch Metadata); older ones at
  // least name the page in Origin with a POST. `none` is what a person typed or bookmarked.
  if (request.fetchSite !== undefined && !/^(same-origin|none)$/i.test(request.fetchSite)) {
    return 'the request comes from a page of another site'
  }
  const own = `${request.scheme}://${authority}`
  if (request.origin !== undefined && request.origin.toLowerCase() !== own.toLowerCase()) {
    return 'the Origin header names another site'
  }
  return undefined
}

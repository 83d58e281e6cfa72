/** The interface of a connection to a server, for node:http and for the executable's `fetch`. */

import type { Method } from '../telemetry/event.ts'

export interface Connections {
  open(): HttpConnection
  /**
   * After a failed connection: switches the next `open` to other certificate authorities, if that can help. `tried`
   * remembers for one request what was switched, so that nothing is switched twice.
   */
  alternativeFor(error: unknown, tried: Set<string>): Alternative
}

/** `problem` is appended to the text of the error. */
export type Alternative = { readonly kind: 'found' } | { readonly kind: 'none'; readonly problem?: string }

/** Carries one request after the other. If the connection is lost, the next request opens a new one. */
export interface HttpConnection {
  dispatch(request: ConnectionRequest, handler: ResponseHandler): void
  /** Begins to connect, so that the first request waits less. The first request gets the error if this fails. */
  connectEarly(): void
  /** Closes all sockets, including those that are still connecting. */
  destroy(): void
}

export interface ConnectionRequest {
  readonly method: Method
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface ResponseHandler {
  /** The connection is open, and the request is being sent. */
  onStart(): void
  /** Called for the response, and possibly before for interim responses with a 1xx status (RFC 9110, 15.2). */
  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void
  onData(chunk: Uint8Array): void
  onEnd(): void
  onError(error: unknown): void
}

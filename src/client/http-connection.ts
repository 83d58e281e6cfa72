/** The interface of a connection to a server, for undici and for node:http. */

import type { Dispatcher } from 'undici'

/** Carries one request after the other. If the connection is lost, the next request opens a new one. */
export interface HttpConnection {
  dispatch(request: ConnectionRequest, handler: ResponseHandler): void
  /** Begins to connect, so that the first request waits less. Does nothing with a proxy. */
  connectEarly(): void
  /** Closes all sockets, including those that are still connecting: undici would wait for their time-out. */
  destroy(): void
}

export interface ConnectionRequest {
  readonly method: Dispatcher.HttpMethod
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface ResponseHandler {
  /** The connection is open, and the request is being sent. */
  onStart(): void
  /** Called for the response, and possibly before for interim responses with a 1xx status (RFC 9110, 15.2). */
  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void
  onData(chunk: Buffer): void
  onEnd(): void
  onError(error: unknown): void
}

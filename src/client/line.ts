/** A connection to the API, as it is used. */

import type { Dispatcher } from 'undici'

/** A connection that is kept for one request after the other, opened anew where it was lost. */
export interface Line {
  dispatch(request: LineRequest, handler: AnswerHandler): void
  /** Begins to connect, so that the first request need not wait for it; not where a proxy is between. */
  beginEarly(): void
  /** Closes all sockets, also those that are still connecting, which undici would leave to their time-out. */
  destroy(): void
}

export interface LineRequest {
  readonly method: Dispatcher.HttpMethod
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface AnswerHandler {
  /** There is a connection, and the request is sent. */
  onStart(): void
  /** 1xx come before the answer (RFC 9110, 15.2), and may be told as well. */
  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void
  onData(chunk: Buffer): void
  onEnd(): void
  onError(error: unknown): void
}

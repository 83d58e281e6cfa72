/** A path of the server and the function that answers it. */

import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Route {
  readonly methods: readonly string[]
  /** A whole path, or the start of one: `/monitors/*`. */
  readonly path: string
  /** Errors that it throws or rejects with are answered with 503 if the database is the cause, else with 500. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
}

/** HEAD is handled as GET is: Node.js leaves the body out. */
export function getRoute(path: string, handle: Route['handle']): Route {
  return { methods: ['GET', 'HEAD'], path, handle }
}

export function postRoute(path: string, handle: Route['handle']): Route {
  return { methods: ['POST'], path, handle }
}

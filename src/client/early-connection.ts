/** Opens the first connection before there is a request for it: connecting takes as long as loading and writing do. */

import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { withoutBrackets } from './proxy.ts'

type Connect = buildConnector.connector
type Outcome = Parameters<buildConnector.Callback>

export interface EarlyConnection {
  /** Hands out the early connection, once, while it is of use; opens others as ever. */
  readonly connect: Connect
  /** Begins to connect to `origin`. What fails is told to the first who asks for a connection. */
  readonly begin: (origin: string) => void
}

export function earlyConnection(connect: Connect): EarlyConnection {
  let early: { outcome?: Outcome; wanted?: buildConnector.Callback } | undefined
  return {
    begin(origin) {
      const { host, hostname, protocol, port } = new URL(origin)
      const own: NonNullable<typeof early> = {}
      early = own
      // As undici's client asks for one.
      connect({ host, hostname: withoutBrackets(hostname), protocol, port }, (...outcome) => {
        own.outcome = outcome
        own.wanted?.(...outcome)
      })
    },
    connect(options, callback) {
      const own = early
      early = undefined
      if (own === undefined) return connect(options, callback)
      if (own.outcome === undefined) {
        own.wanted = callback
        return undefined
      }
      const [, socket] = own.outcome
      if (socket !== null && !isFresh(socket)) {
        socket.destroy()
        return connect(options, callback)
      }
      // undici's client does not go on where it is called back before its own call has returned.
      const { outcome } = own
      queueMicrotask(() => callback(...outcome))
      return undefined
    },
  }
}

/** A server may have waited long enough for a request, and have closed the connection or answered 408 (RFC 9110, 15.5.9). */
function isFresh(socket: Socket): boolean {
  return !socket.destroyed && socket.writable && socket.bytesRead === 0
}

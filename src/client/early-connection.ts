/** Opens the first connection before the first request, while the program still loads and writes files. */

import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { withoutBrackets } from './proxy.ts'

type Connect = buildConnector.connector
type Outcome = Parameters<buildConnector.Callback>

export interface EarlyConnection {
  /** The first call returns the early connection if it is still usable. All others open a new one. */
  readonly connect: Connect
  /** Begins to connect to `origin`. The first call of `connect` gets the error, if there is one. */
  readonly begin: (origin: string) => void
}

export function earlyConnection(connect: Connect): EarlyConnection {
  let early: { outcome?: Outcome; waiting?: buildConnector.Callback } | undefined
  return {
    begin(origin) {
      const { host, hostname, protocol, port } = new URL(origin)
      const opening: NonNullable<typeof early> = {}
      early = opening
      // The options that undici's client would pass.
      connect({ host, hostname: withoutBrackets(hostname), protocol, port }, (...outcome) => {
        opening.outcome = outcome
        opening.waiting?.(...outcome)
      })
    },
    connect(options, callback) {
      const opened = early
      early = undefined
      if (opened === undefined) return connect(options, callback)
      if (opened.outcome === undefined) {
        opened.waiting = callback
        return undefined
      }
      const [, socket] = opened.outcome
      if (socket !== null && !isFresh(socket)) {
        socket.destroy()
        return connect(options, callback)
      }
      // undici's client hangs if its callback is called before `connect` returns.
      const { outcome } = opened
      queueMicrotask(() => callback(...outcome))
      return undefined
    },
  }
}

/**
 * False if the server has waited too long for a request: it has then closed the connection or sent 408 (RFC 9110,
 * 15.5.9).
 */
function isFresh(socket: Socket): boolean {
  return !socket.destroyed && socket.writable && socket.bytesRead === 0
}

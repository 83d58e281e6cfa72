/** Opens the first connection before the first request, while the program still loads and writes files. */

import type { Socket } from 'node:net'
import type { Connect, SocketCallback } from './connect.ts'

export interface EarlyConnection {
  /** The first call returns the early connection if it is still usable. All others open a new one. */
  readonly connect: Connect
  /** Begins to connect. The first call of `connect` gets the error, if there is one. */
  readonly begin: () => void
}

export function earlyConnection(connect: Connect): EarlyConnection {
  let early: { outcome?: Parameters<SocketCallback>; waiting?: SocketCallback } | undefined
  return {
    begin() {
      const opening: NonNullable<typeof early> = {}
      early = opening
      connect((...outcome) => {
        opening.outcome = outcome
        opening.waiting?.(...outcome)
      })
    },
    connect(done) {
      const opened = early
      early = undefined
      if (opened === undefined) return connect(done)
      if (opened.outcome === undefined) {
        opened.waiting = done
        return
      }
      const [, socket] = opened.outcome
      if (socket === undefined || isFresh(socket)) return done(...opened.outcome)
      socket.destroy()
      connect(done)
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
